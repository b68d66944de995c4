"""`thriftune runs`: the ledger as text and as JSON, and where there is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wrapper.errors import UsageFault
from wrapper.ledger.store import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / ".thriftune" / "ledger")


@pytest.fixture
def two_runs(ledger: Ledger) -> tuple[str, str]:
    ids = []
    for status, code, outcome in (("refused", 5, "not needed"), ("done", 0, "better")):
        run = ledger.start_run(command="run", task="slots", pid_started=1.0)
        step = ledger.start_step(run, "training", "k", usd_per_hour=2.0)
        ledger.close_step(step, status="done", seconds=90)
        ledger.close_run(run, status=status, exit_code=code, outcome=outcome)
        ids.append(run)
    ledger.record_override(ids[1], "need", "a demo")
    return ids[0], ids[1]


def test_ls(thriftune, two_runs) -> None:
    old, new = two_runs
    ended = thriftune("runs", "ls")
    assert ended.exit_code == 0
    head, first, second, blank, total = ended.stdout.splitlines()
    assert head.split() == ["run", "task", "status", "exit", "device", "min", "$", "started"]
    assert first.split()[:6] == [new, "slots", "done", "0", "1.5", "0.0500"]
    assert second.split()[:4] == [old, "slots", "refused", "5"]
    assert (blank, total) == ("", "spent in all: $0.1000, 3.0 device minutes")


def test_ls_json(thriftune, two_runs) -> None:
    found = json.loads(thriftune("runs", "ls", "--json").stdout)
    assert [run["run_id"] for run in found["runs"]] == [*reversed(two_runs)]
    assert found["runs"][0]["spent"] == {"usd": 0.05, "gpu_hours": 0.025}
    assert found["spent"] == {"usd": 0.1, "gpu_hours": 0.05}


def test_show_is_of_the_latest_unless_named(thriftune, two_runs) -> None:
    old, new = two_runs
    assert thriftune("runs", "show").stdout == (
        f"{new}  slots  done\nbetter\n\n"
        "step      status  seconds       $\n"
        "training    done     90.0  0.0500\n"
        "overridden: need: a demo\n"
    )
    assert thriftune("runs", "show", old).stdout.startswith(f"{old}  slots  refused\nnot needed\n")


def test_show_json(thriftune, two_runs) -> None:
    found = json.loads(thriftune("runs", "show", "--json").stdout)
    assert (found["run"]["outcome"], found["steps"][0]["usd"], found["spent"]["usd"]) == ("better", 0.05, 0.05)
    assert [(one["gate"], one["reason"]) for one in found["overrides"]] == [("need", "a demo")]


def test_a_run_whose_program_is_gone_is_told_truly(thriftune, ledger: Ledger) -> None:
    ledger.start_run(command="run", task="slots", pid_started=1.0)  # no process began in 1970
    (run,) = json.loads(thriftune("runs", "ls", "--json").stdout)["runs"]
    assert (run["status"], run["outcome"]) == ("interrupted", "thriftune was killed")


def test_an_unknown_run(thriftune, two_runs) -> None:
    ended = thriftune("runs", "show", "nope")
    assert isinstance(ended.exception, UsageFault)
    assert "no run `nope`" in ended.exception.message


@pytest.mark.parametrize("command", ["ls", "show"])
def test_no_project(thriftune, tmp_path: Path, command: str) -> None:
    ended = thriftune("runs", command, "--folder", str(tmp_path))
    assert isinstance(ended.exception, UsageFault)
    assert not (tmp_path / ".thriftune").exists()
