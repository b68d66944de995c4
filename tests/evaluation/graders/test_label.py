"""Labels named in a response."""

from __future__ import annotations

import pytest

from wrapper.errors import BadInput
from wrapper.evaluation.graders import get_grader

LABELS = ("card_arrival", "card-linking", "card", "spam", "not spam", "C", "C++", "-1", "0", "1", "退款")
LABELS += ("why?",)


@pytest.mark.parametrize(
    ("response", "gold", "score", "answer"),
    [
        ("card_arrival", "card_arrival", 1, "card_arrival"),
        ("Card Arrival.", "card_arrival", 1, "card_arrival"),
        ("card linking", "card-linking", 1, "card-linking"),
        ("The intent is **card-arrival**.", "card_arrival", 1, "card_arrival"),
        ("_card_", "card", 1, "card"),
        ('{"intent": "card_arrival"}', "card_arrival", 1, "card_arrival"),
        ("card_arrival, yes: card arrival", "card_arrival", 1, "card_arrival"),
        ("card_arrival or card_linking", "card_arrival", 0, "card_arrival, card-linking"),
        ("not spam", "not spam", 1, "not spam"),
        ("This is not spam!", "spam", 0, "not spam"),
        ("It is written in C++", "C++", 1, "C++"),
        ("It is written in C", "C++", 0, "C"),
        ("the score is -1", "-1", 1, "-1"),
        ("the score is 1", "-1", 0, "1"),
        ("10", "1", 0, ""),
        ("1.5", "1", 0, ""),
        ("-0", "0", 0, ""),
        ("1: my confidence is 0.9", "1", 1, "1"),
        ("It is written in C#", "C", 0, ""),
        ("discarded", "card", 0, ""),
        ("类别是退款。", "退款", 1, "退款"),
        ("why", "why?", 1, "why?"),
        ("<think>spam? 1?</think>\ncard", "card", 1, "card"),
        ("", "card", 0, ""),
        ("I cannot say", "card", 0, ""),
    ],
)
def test_label(response: str, gold: str, score: int, answer: str) -> None:
    grade = get_grader("label", labels=LABELS).grade(response, gold)
    assert (grade.score, grade.answer) == (score, answer)
    assert bool(grade.explanation) == (score == 0)


def test_gold_outside_the_label_set_cannot_be_graded() -> None:
    grade = get_grader("label", labels=LABELS).grade("card", "cheque")
    assert grade.score is None
    assert "cheque" in grade.explanation


@pytest.mark.parametrize("labels", [(), ("yes", ""), ("card_arrival", "Card arrival")])
def test_label_sets_that_cannot_work(labels: tuple[str, ...]) -> None:
    with pytest.raises(BadInput) as caught:
        get_grader("label", labels=labels)
    assert caught.value.hint


def test_every_label_of_a_set_is_read_from_a_sentence() -> None:
    grader = get_grader("label", labels=LABELS)
    for label in LABELS:
        assert grader.grade(f"Answer: {label}", label).score == 1
