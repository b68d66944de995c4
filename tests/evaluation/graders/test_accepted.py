"""Several accepted answers: the best grade counts."""

from __future__ import annotations

import pytest

from wrapper.data.rows import Message, Row, make_row
from wrapper.errors import BadInput
from wrapper.evaluation.graders import GraderOptions, best_grade, get_grader, make_grader, options_of, self_test
from wrapper.evaluation.graders.options import AnswerConstraints
from wrapper.evaluation.grading import grade_rows, try_on_rows

EXACT = get_grader("exact_match")


def row(answer: str, *aliases: str, question: str = "q") -> Row:
    return make_row([Message(role="user", content=question)], answer, file="f", line=1, aliases=aliases)


def test_aliases_of_a_row() -> None:
    rows = [row("USA", "U.S.", "America"), row("UK")]
    assert [grade.score for grade in grade_rows(EXACT, rows, ["America", "America"])] == [1, 0]


def test_aliases_of_a_spec_for_rows_with_that_gold_answer() -> None:
    grader = get_grader("exact_match", options=GraderOptions(aliases={"USA": ("U.S.",)}))
    assert [grade.score for grade in grade_rows(grader, [row("usa."), row("UK")], ["U.S.", "U.S."])] == [1, 0]
    assert (grader.name, grader.binary) == ("exact_match", True)


def test_the_best_of_graded_metrics_and_its_explanation() -> None:
    grade = best_grade(get_grader("json_fields"), '{"a": 1, "b": 2}', ['{"a": 2}', '{"a": 1}', "no JSON"])
    assert grade.score == pytest.approx(2 / 3)
    assert grade.explanation == "extra `b`"


def test_what_no_accepted_answer_grades_stays_ungradable() -> None:
    assert best_grade(get_grader("number"), "1", ["un", "deux"]).score is None
    assert best_grade(get_grader("number"), "2", ["one", "2"]).score == 1


def test_a_function_is_asked_about_each_accepted_answer() -> None:
    asked = []

    class Asked:
        name, binary = "function", False

        def grade_rows(self, questions, responses, golds):
            asked.extend(zip(questions, responses, golds, strict=True))
            return [EXACT.grade(response, gold) for response, gold in zip(responses, golds, strict=True)]

    rows = [row("a", "b", "a", question="1"), row("c", question="2")]
    assert [grade.score for grade in grade_rows(Asked(), rows, ["b", "b"])] == [1, 0]
    assert asked == [("1", "b", "a"), ("1", "b", "b"), ("2", "b", "c")]


def test_names_of_a_label() -> None:
    grader = get_grader(
        "label", labels=["refund", "delivery"], options=GraderOptions(aliases={"Refund": ("money back",)})
    )
    assert grader.grade("I want my money back", "refund").answer == "refund"
    assert grader.grade("refund: money back", "refund").score == 1
    assert grader.grade("money back or delivery", "refund").explanation == "names 2 labels"
    for aliases, told in (
        ({"returns": ("x",)}, "which is no label"),
        ({"refund": ("Delivery",)}, "cannot be told apart"),
        ({"refund": (" ",)}, "empty"),
    ):
        with pytest.raises(BadInput, match=told):
            get_grader("label", labels=["refund", "delivery"], options=GraderOptions(aliases=aliases))


def test_the_gate_and_aliases() -> None:
    rows = [row("1", "uno"), *(row(str(number)) for number in range(2, 12))]
    (problem,) = try_on_rows(get_grader("number"), rows, 0)
    assert (problem.row, problem.message) == (
        0,
        "`1` has the alias `uno`, which cannot be graded by `number`: the gold answer holds no number",
    )
    assert try_on_rows(get_grader("number"), [row("1", "2"), row("2", "1")], 0) == []
    grader = get_grader("exact_match", options=GraderOptions(aliases={"USA": ("U.S.",)}))
    assert self_test(grader, ["USA", "U.S.", "UK"], 0) == []


def test_options_as_a_document_and_back() -> None:
    options = GraderOptions(
        aliases={"a": ("b",)},
        tolerance=0.5,
        pattern="(x)",
        schema=False,
        constraints=AnswerConstraints(max_words=3, include=("a",)),
    )
    assert options_of(options.document) == options
    assert GraderOptions().document == {}
    assert make_grader({"metric": "number", "options": {"tolerance": 0.5}}).grade("14", "10").score == 1
    assert make_grader({"metric": "label", "labels": ["x", "y"], "options": {}}).grade("x", "x").score == 1
