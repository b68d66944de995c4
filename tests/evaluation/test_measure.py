"""Answers become the scores of an arm: in the order of the rows, by both ways of scoring, with what they cost."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import pytest

from wrapper.data.rows import Message, make_row
from wrapper.evaluation.answers import Answer, OnAnswer, Question
from wrapper.evaluation.graders import get_grader
from wrapper.evaluation.measure import Measuring, measure

TEST = [
    make_row((Message(role="user", content=f"q{number}"),), answer, file="f", line=number, group=f"g{number % 2}")
    for number, answer in enumerate(("yes", "no", "yes"))
]
PROMPTS = [row.prompt("Be brief.") for row in TEST]


class Nothing:
    """Keeps no answer."""

    def get_many(self, keys: Collection[str]) -> dict[str, bytes]:
        return {}

    def put(self, key: str, value: bytes) -> None: ...


class Played:
    """Answers by a function of the place, backwards; `asked` tells with which model."""

    def __init__(self, say: Callable[[int], Answer]) -> None:
        self.say, self.asked = say, list[tuple[str, bool]]()

    def key(self, question: Question, *, tuned: bool) -> str:
        return f"{question}{tuned}"

    def answer(self, name: str, questions: Sequence[Question], *, tuned: bool, on_answer: OnAnswer) -> None:
        self.asked.append((name, tuned))
        for place in reversed(range(len(questions))):
            on_answer(place, self.say(place))


def measuring(engine: Played, **changes: object) -> Measuring:
    known = {"engine": engine, "store": Nothing(), "grader": get_grader("exact_match"), "labels": ()}
    return Measuring(**{**known, "max_answer_tokens": 4, **changes})  # type: ignore[arg-type]


def test_generated_answers_are_graded_in_the_order_of_the_rows() -> None:
    engine = Played(lambda place: Answer(response="yes", seconds=0.5, prompt_tokens=7 + place, generated_tokens=place))
    found = measure("prompted", TEST, PROMPTS, measuring(engine), detail="d")
    (scores,) = found.scores
    assert (scores.name, scores.metric, scores.seconds, scores.usd, scores.detail) == (
        "prompted", "exact_match", 1.5, None, "d",
    )  # fmt: skip
    assert [row.row_id for row in scores.rows] == [row.row_id for row in TEST]
    assert [row.grade.score for row in scores.rows] == [1, 0, 1]
    assert [(row.prompt_tokens, row.generated_tokens) for row in scores.rows] == [(7, 0), (8, 1), (9, 2)]
    assert [row.group for row in scores.rows] == ["g0", "g1", "g0"]
    assert (found.new, engine.asked) == (3, [("prompted_generated", False)])


def test_labels_are_scored_by_likelihood_too_and_the_likeliest_is_the_answer() -> None:
    likely = ((-1.0, -9.0), (-3.0, -2.0), (-5.0, -4.0))
    engine = Played(lambda place: Answer(loglikelihoods=likely[place]) if len(engine.asked) == 2 else Answer())
    scores = measure("prompted", TEST, PROMPTS, measuring(engine, labels=("yes", "no"))).scores
    assert [one.name for one in scores] == ["prompted", "prompted (likelihood)"]
    assert [row.response for row in scores[1].rows] == ["yes", "no", "no"]
    assert scores[1].mean == pytest.approx(2 / 3)


def test_an_engine_without_likelihoods_only_generates() -> None:
    engine = Played(lambda place: Answer(response="yes", usd=0.25))
    found = measure("hosted", TEST, PROMPTS, measuring(engine, labels=("yes", "no"), by_likelihood=False))
    assert [one.scoring for one in found.scores] == ["generated"]
    assert found.scores[0].usd == 0.75


@pytest.mark.parametrize(("arm", "tuned"), [("tuned", True), ("tuned_retrieval", True), ("few_shot", False)])
def test_tuned_arms_are_asked_with_the_adapter(arm: str, tuned: bool) -> None:
    engine = Played(lambda place: Answer(response="yes"))
    measure(arm, TEST, PROMPTS, measuring(engine))
    assert engine.asked == [(f"{arm}_generated", tuned)]


def test_prompts_that_did_not_fit_are_counted() -> None:
    engine = Played(lambda place: Answer(response="yes", prompt_cut=place == 1))
    assert measure("rag", TEST, PROMPTS, measuring(engine)).scores[0].prompts_cut == 1


def test_answers_that_were_cut_off_filtered_or_empty_are_counted() -> None:
    said = (
        Answer(response=" \n", finish_reason="length"),
        Answer(response="no", finish_reason="stop"),
        Answer(finish_reason="content_filter"),
    )
    (scores,) = measure("hosted", TEST, PROMPTS, measuring(Played(said.__getitem__))).scores
    assert (scores.answers_cut, scores.answers_filtered, scores.answers_empty) == (1, 1, 2)
    assert [row.finish_reason for row in scores.rows] == ["length", "stop", "content_filter"]


def test_an_answer_by_likelihood_has_no_text_and_is_not_empty() -> None:
    engine = Played(lambda place: Answer(loglikelihoods=(-1.0, -2.0)))
    measured = measure("base", TEST, PROMPTS, measuring(engine, labels=("yes", "no")), scorings=("likelihood",))
    assert measured.scores[0].answers_empty == 0
