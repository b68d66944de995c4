"""Trainings that are killed, interrupted or run out of budget, on the real trainer: nothing is lost."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from wrapper.train.checkpoints import ADAPTER_FILE

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.real
MakeProject = Callable[..., "Project"]


def _training_step(project: Project, run_id: str) -> dict[str, Any]:
    return next(step for step in project.steps(run_id) if step["name"] == "training")


def _last_step(project: Project) -> int:
    return max(event["step"] for event in project.events() if event["event"] == "step")


def _wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 90
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, f"the trainer {pid} outlived thriftune for 90 s"
        time.sleep(0.2)


def test_killed_thriftune_is_told_truly_and_resumes(short_training: MakeProject) -> None:
    project = short_training(steps=10)
    program = project.start("train")
    project.wait_for_step(3)
    program.kill()
    program.wait()
    (run,) = project.runs()
    assert run["status"] == "interrupted"
    assert run["outcome"] == "thriftune was killed"
    assert run["spent"]["usd"] > 0
    _wait_until_gone(_training_step(project, run["run_id"])["detail"]["pid"])  # it saves when its parent is gone
    step = _training_step(project, run["run_id"])
    assert step["status"] == "interrupted"
    last_event = [event["elapsed_seconds"] for event in project.events()][-1]
    assert step["seconds"] == pytest.approx(last_event, abs=3)  # the time after the kill is counted too
    assert _last_step(project) < 10

    resumed = project.call("train", "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert "resuming from step" in resumed.stderr
    assert _last_step(project) == 10
    begun = [event["step"] for event in project.events() if event["event"] == "begin"]
    assert begun[0] == 0
    assert begun[1] >= 3  # it went on, it did not start over


def test_killed_trainer_is_a_backend_failure_and_resumes(short_training: MakeProject) -> None:
    project = short_training(steps=10)
    program = project.start("train")
    project.wait_for_step(4)
    trainer = next(
        child
        for child in psutil.Process(program.pid).children(recursive=True)
        if "axolotl" in " ".join(child.cmdline())
    )
    trainer.kill()
    assert program.wait(60) == 7
    log = (project.folder / "started.log").read_text()
    assert "was ended by signal 9 after step" in log
    assert "--resume" in log
    (run,) = project.runs()
    assert (run["status"], run["exit_code"]) == ("failed", 7)
    assert _training_step(project, run["run_id"])["seconds"] > 3
    (adapter,) = project.folder.glob(".thriftune/runs/*/training/adapter")
    (adapter / "checkpoint-9").mkdir()  # as a kill in the middle of a save leaves it
    resumed = project.call("train", "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert _last_step(project) == 10


def test_budget_stop_saves_the_adapter_and_exits_6(short_training: MakeProject) -> None:
    project = short_training(steps=400, budget={"usd_per_hour": 10.0, "max_usd": 0.11, "max_gpu_hours": 1})
    refused = project.call("train")
    assert refused.returncode == 5
    assert "hint: " in refused.stderr
    stopped = project.call("train", "--override", "fit=to see the cap at work")
    assert stopped.returncode == 6, stopped.stderr
    assert "stopped at the budget after step" in stopped.stderr
    run = project.runs()[0]
    assert run["status"] == "stopped"
    step = _training_step(project, run["run_id"])
    seconds = [event["step_seconds"] for event in project.events() if event["event"] == "step"]
    cap = 0.11 / 10 * 3600
    trained = [event["elapsed_seconds"] for event in project.events() if event["event"] == "step"][-1]
    assert trained <= cap + max(seconds)  # no more than one step over
    assert list(project.folder.glob(f".thriftune/runs/*/training/adapter/{ADAPTER_FILE}"))
    assert step["seconds"] / 3600 * 10 == pytest.approx(run["spent"]["usd"], rel=0.2)


def test_ctrl_c_saves_and_says_how_to_resume(short_training: MakeProject) -> None:
    project = short_training(steps=12)
    program = project.start("train")
    project.wait_for_step(3)
    program.send_signal(signal.SIGINT)
    assert program.wait(120) == 130
    log = (project.folder / "started.log").read_text()
    assert "training was interrupted after step" in log
    assert "--resume" in log
    assert project.runs()[0]["status"] == "interrupted"
    resumed = project.call("train", "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert _last_step(project) == 12
