"""Two runs held against each other: who is better, what was changed, and what cannot be compared."""

from __future__ import annotations

import json

import pytest

from wrapper.errors import BadInput, UsageFault
from wrapper.pipeline.comparison import compare_runs
from wrapper.pipeline.project import open_project


@pytest.fixture
def two_runs(climb, world, write_spec, folder):
    """Ids of a first and a second run whose tuned models answer so many rows rightly; `tables` change the second."""

    def make(first: int, second: int, **tables):
        world.right["tuned"] = first
        one, _ = climb()
        world.right["tuned"] = second
        tables = tables or {"training": {"overrides": {"learning_rate": 3e-4}}}
        another, _ = climb(write_spec(**tables))
        return open_project(folder), one.run_id, another.run_id

    return make


def test_the_second_run_is_better(two_runs, world) -> None:
    found = compare_runs(*two_runs(20, 36))
    assert (found.outcome, found.deciding, found.exit_code) == ("better", "tuned", 0)
    tuned = next(one for one in found.arms if one.arm == "tuned")
    assert (tuned.wins, tuned.losses, tuned.rows) == (16, 0, 40)
    assert [change.name for change in found.changes] == ["learning_rate"]


def test_no_difference_is_exit_5(two_runs) -> None:
    found = compare_runs(*two_runs(20, 22))
    assert (found.outcome, found.exit_code) == ("undecided", 5)


def test_several_changes_at_once_are_told(two_runs) -> None:
    found = compare_runs(*two_runs(20, 36, training={"overrides": {"learning_rate": 3e-4, "lora_r": 4}}))
    assert [change.name for change in found.changes] == ["learning_rate", "lora_r"]
    assert any("which of them made the difference is not known" in note for note in found.notes)


def test_other_test_rows_are_told_and_only_shared_ones_count(two_runs, folder) -> None:
    lines = (folder / "test.jsonl").read_text().splitlines()
    (folder / "fewer.jsonl").write_text("\n".join(lines[:30]) + "\n")
    found = compare_runs(*two_runs(20, 30, data={"test": "fewer.jsonl"}))
    assert found.arms[0].rows == 30


def test_another_metric_is_refused(two_runs) -> None:
    project, first, second = two_runs(20, 22, task={"metric": "exact_match_lenient"})
    with pytest.raises(BadInput, match="their scores do not compare"):
        compare_runs(project, first, second)


def test_a_run_that_is_not_there_is_told_with_those_that_are(two_runs) -> None:
    project, first, _ = two_runs(20, 22)
    with pytest.raises(UsageFault, match="no run `nothing`") as refused:
        compare_runs(project, first, "nothing")
    assert first in refused.value.hint


def test_a_damaged_result_is_told(two_runs) -> None:
    project, first, second = two_runs(20, 22)
    (project.run_folder(first) / "result.json").write_text("{")
    with pytest.raises(BadInput, match="cannot be read"):
        compare_runs(project, first, second)


def test_results_hold_what_a_comparison_needs(two_runs) -> None:
    project, first, _ = two_runs(20, 22)
    kept = json.loads((project.run_folder(first) / "result.json").read_text())
    assert kept["prompt"] == "Answer." and len(kept["train_digest"]) == 64
