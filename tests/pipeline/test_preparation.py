"""The two gates before any money: is the data fit, and does the metric grade its gold answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from wrapper.errors import GateRefused
from wrapper.pipeline.preparation import check_grader, prepare_data


def append(folder: Path, lines: str) -> None:
    with (folder / "train.jsonl").open("a") as stream:
        stream.write(lines)


def test_rows_are_frozen_once_and_cost_nothing(make_run, write_spec, told) -> None:
    loaded = write_spec()
    first = prepare_data(make_run(loaded))
    run = make_run(loaded)
    assert prepare_data(run) == first
    assert [reused for _, _, reused in told.steps] == [False, True]
    assert run.project.ledger.steps(run.run_id) == []
    assert run.project.ledger.spent().gpu_hours == 0
    assert "40 test rows" in told.steps[0][1]


def test_a_changed_file_is_prepared_again(make_run, write_spec, folder: Path) -> None:
    loaded = write_spec()
    first = prepare_data(make_run(loaded))
    append(folder, '{"input": "new", "output": "row"}\n')
    assert prepare_data(make_run(loaded)).digest != first.digest


def test_the_data_gate_shows_the_rows(make_run, folder: Path) -> None:
    append(folder, '{"input": 1}\n' * 9)
    with pytest.raises(GateRefused, match=r"9 of 129 .* malformed") as refused:
        prepare_data(make_run())
    assert refused.value.gate == "data"
    assert "train.jsonl:121" in refused.value.message
    assert refused.value.message.endswith("... and 4 more")


def test_the_data_gate_can_be_overridden(make_run, folder: Path) -> None:
    append(folder, '{"input": 1}\n' * 9)
    run = make_run(overrides={"data": "they are known"})
    assert len(prepare_data(run).train) > 0
    assert run.passed == {"data": "they are known"}


def test_the_grader_gate_passes_what_fits(make_run, told) -> None:
    run = make_run()
    grader = check_grader(run, prepare_data(run), ())
    assert grader.name == "exact_match"
    assert told.steps[-1][0] == "graders"


def test_the_grader_gate_names_the_rows_that_the_metric_cannot_grade(make_run, write_spec) -> None:
    run = make_run(write_spec(task={"metric": "json_exact"}))
    with pytest.raises(GateRefused, match="does not grade 40 of 40 gold answers right") as refused:
        check_grader(run, prepare_data(run), ())
    assert refused.value.gate == "grader"
    assert "test.jsonl:1: gold answer" in refused.value.message
