"""Projects on the real small model, and ways to kill what runs in them."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from wrapper.environments import Environment
from wrapper.resources import presets_dir

THRIFTUNE = [sys.executable, "-m", "wrapper"]


def _heed_interrupts() -> None:
    """A shell has what it starts with & ignore Ctrl-C, and so all that the tests start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Project:
    """A folder with a spec, and the real command line called in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[bytes]] = []

    def stop_all(self) -> None:
        """Whatever a test left running, and what that started."""
        for program in self.started:
            with contextlib.suppress(psutil.Error):
                family = [psutil.Process(program.pid), *psutil.Process(program.pid).children(recursive=True)]
                for process in family:
                    process.kill()
            program.wait()

    def call(self, *arguments: str, timeout: float = 900) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*THRIFTUNE, *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        log = (self.folder / "started.log").open("wb")
        program = subprocess.Popen(
            [*THRIFTUNE, *arguments],
            cwd=self.folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=_heed_interrupts,
        )
        self.started.append(program)
        return program

    def runs(self) -> list[dict[str, Any]]:
        listing = self.call("runs", "ls", "--json")
        assert listing.returncode == 0, listing.stderr
        found: list[dict[str, Any]] = json.loads(listing.stdout)["runs"]
        return found

    def steps(self, run_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.call("runs", "show", run_id, "--json").stdout)["steps"]
        return found

    def events(self) -> list[dict[str, Any]]:
        """Events of all attempts of all trainings, in the order of their files."""
        files = sorted(self.folder.glob(".thriftune/runs/*/training/attempt-*/events.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]

    def wait_for_step(self, step: int, timeout: float = 240) -> None:
        """Until the trainer has written so many steps."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if any(event["event"] == "step" and event["step"] >= step for event in self.events()):
                return
            time.sleep(0.2)
        raise AssertionError(f"no step {step} in {timeout} s:\n{(self.folder / 'started.log').read_text()}")

    def change(self, **tables: dict[str, Any]) -> None:
        """Change keys of the spec's tables."""
        spec = yaml.safe_load((self.folder / "thriftune.yaml").read_text())
        for table, values in tables.items():
            spec.setdefault(table, {}).update(values)
        (self.folder / "thriftune.yaml").write_text(yaml.safe_dump(spec))


@pytest.fixture(scope="session")
def payments_project() -> Iterator[Callable[..., Project]]:
    """Makes a project of some payment lines in a folder; `tables` change its spec."""
    projects: list[Project] = []

    def make(folder: Path, **tables: dict[str, Any]) -> Project:
        projects.append(Project(folder))
        for name in ("train.jsonl", "validation.jsonl", "test.jsonl", "thriftune.yaml"):
            shutil.copyfile(presets_dir() / "samples" / "payments" / name, folder / name)
        projects[-1].change(**tables)
        return projects[-1]

    yield make
    for project in projects:
        project.stop_all()


@pytest.fixture
def short_training(
    tmp_path: Path,
    trl_environment: Environment,
    axolotl_environment: Environment,
    payments_project: Callable[..., Project],
) -> Callable[..., Project]:
    """A project that trains the real model for a few steps on a few payment lines."""

    def make(steps: int = 8, **tables: dict[str, Any]) -> Project:
        project = payments_project(
            tmp_path,
            data={"train_rows": 40, "validation_rows": 8, "test_rows": 20},
            training={"overrides": {"max_steps": steps, "micro_batch_size": 2}},
            evaluation={"arms": ["classical", "tuned"]},
        )
        project.change(**tables)
        return project

    return make
