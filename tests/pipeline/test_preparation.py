"""The two gates before any money: is the data fit, and does the metric grade its gold answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from wrapper.errors import BadInput, GateRefused
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


FUNCTION = """
def same(response, gold, question):
    return response == gold


def generous(response, gold, question):
    return 1.0


def broken(response, gold, question):
    return response.no_such_thing
"""


def function_run(make_run, write_spec, folder: Path, name: str):
    (folder / "grade.py").write_text(FUNCTION)
    return make_run(write_spec(task={"metric": "function", "grading": {"function": f"grade.py:{name}"}}))


def test_a_function_of_the_user_grades(make_run, write_spec, folder: Path) -> None:
    run = function_run(make_run, write_spec, folder, "same")
    assert check_grader(run, prepare_data(run), ()).name == "function"


def test_a_function_that_likes_everything_is_refused(make_run, write_spec, folder: Path) -> None:
    run = function_run(make_run, write_spec, folder, "generous")
    with pytest.raises(GateRefused, match="does not grade 40 of 40 gold answers right") as refused:
        check_grader(run, prepare_data(run), ())
    assert "an empty response scores 1, not 0" in refused.value.message
    assert refused.value.hint.startswith("mend the function that `task.grading.function` names, or these rows")


def test_a_function_that_fails_is_bad_input_with_its_line(make_run, write_spec, folder: Path) -> None:
    run = function_run(make_run, write_spec, folder, "broken")
    with pytest.raises(BadInput, match=r"grade\.py:11: AttributeError") as refused:
        check_grader(run, prepare_data(run), ())
    assert refused.value.exit_code == 3
    assert "the question 'what is pear" in refused.value.hint


@pytest.mark.parametrize(
    ("task", "fault"),
    [
        ({"metric": "constraints", "grading": {"constraints": {"max_words": 2}}}, "3 words, more than 2"),
        ({"metric": "json_schema", "grading": {"schema": "s.json"}}, "holds no JSON that can be read"),
        ({"metric": "regex", "grading": {"pattern": "(pear)"}}, "all gold answers read as `pear`"),
        ({"kind": "tool_call", "metric": "tool_call"}, "the gold answer holds no tool call"),
    ],
)
def test_gold_answers_that_the_options_do_not_fit(make_run, write_spec, folder: Path, task, fault: str) -> None:
    (folder / "s.json").write_text('{"type": "object"}')
    run = make_run(write_spec(task=task))
    with pytest.raises(GateRefused) as refused:
        check_grader(run, prepare_data(run), ())
    assert fault in refused.value.message


def test_aliases_of_no_gold_answer_are_noted(make_run, write_spec, told) -> None:
    aliases = {"Pear answer 1.": ["p1"], "plum": ["p2"]}
    run = make_run(write_spec(task={"grading": {"aliases": aliases}}))
    grader = check_grader(run, prepare_data(run), ())
    assert "`task.grading.aliases`: no row has the gold answer `plum`" in told.notes
    assert grader.grade("p1", "pear answer 1").score == 1
