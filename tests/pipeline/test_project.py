"""A project's state on disk, and one thriftune at a time in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wrapper import process
from wrapper.errors import UsageFault
from wrapper.pipeline.project import alone, find_project, open_project


def test_opening_begins_a_ledger_and_tells_the_truth_about_dead_runs(tmp_path: Path) -> None:
    first = open_project(tmp_path)
    me = process.identity(os.getpid())
    assert me is not None
    alive = first.ledger.start_run(command="run", task="t", pid_started=me.started)
    dead = first.ledger.start_run(command="run", task="t", pid_started=me.started - 100)
    again = open_project(tmp_path)
    assert {run.run_id: run.status for run in again.ledger.runs()} == {alive: "running", dead: "interrupted"}
    assert again.run_folder("r") == tmp_path / ".thriftune" / "runs" / "r"
    assert again.data_folder("d" * 64) == tmp_path / ".thriftune" / "data" / ("d" * 16)


def test_looking_for_a_project_begins_none(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="no run has been made"):
        find_project(tmp_path)
    assert list(tmp_path.iterdir()) == []
    open_project(tmp_path)
    assert find_project(tmp_path).ledger.runs() == []


def test_only_one_at_a_time(tmp_path: Path) -> None:
    project = open_project(tmp_path)
    with (
        alone(project),
        pytest.raises(UsageFault, match="another thriftune is running"),
        alone(open_project(tmp_path)),
    ):
        pytest.fail("two held one project")
    with alone(project):
        pass
