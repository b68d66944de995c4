"""Labels named in a response."""

from __future__ import annotations

import pytest

from wrapper.errors import BadInput
from wrapper.evaluation.graders import get_grader
from wrapper.evaluation.graders.label import label_match

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


SENTIMENT = ("positive", "negative", "neutral")


@pytest.mark.parametrize(
    ("response", "named"),
    [
        ("not positive", ""),
        ("It isn't positive.", ""),
        ("It isn’t positive.", ""),
        ("It isnt positive", ""),
        ("non-positive", ""),
        ("This is definitely not negative", ""),
        ("This does not show a positive", ""),
        ('not "positive"', ""),
        ("not **positive**", ""),
        ("neither positive nor negative", ""),
        ("not positive or negative", ""),
        ("Das ist nicht positive", ""),
        ("kein positive", ""),
        ("ce n'est pas positive", ""),
        ("not positive, but negative", "negative"),
        ("nicht positive, sondern negative", "negative"),
        ("not positive: it is positive to a fault", "positive"),
        ("not only positive", "positive"),
        ("no doubt positive", "positive"),
        ("No. Positive", "positive"),
        ("no - positive", "positive"),
        ("I cannot say more\nPositive", "positive"),
        ("There is not much to say, so positive", "positive"),
        ("The user does not like the old one at all and is negative", "negative"),
    ],
)
def test_a_denied_label_is_no_answer(response: str, named: str) -> None:
    grade = get_grader("label", labels=SENTIMENT).grade(response, named or "positive")
    assert (grade.score, grade.answer) == (float(bool(named)), named)


@pytest.mark.parametrize(
    ("response", "labels", "named"),
    [
        ("不是肯定", ("肯定", "否定"), []),
        ("不肯定", ("肯定", "否定"), []),
        ("非常肯定", ("肯定", "否定"), ["肯定"]),
        ("not_entailment", ("entailment", "not_entailment"), ["not_entailment"]),
        ("It is not entailment", ("entailment", "not_entailment"), ["not_entailment"]),
        ("no entailment", ("entailment", "not_entailment"), []),
        ("No entailment", ("entailment", "contradiction"), []),
        ("does not show entailment", ("entailment", "neutral"), []),
        ("not card_arrival", LABELS, []),
        ("不满意", ("满意", "不满意"), ["不满意"]),
    ],
)
def test_denied_unless_the_denial_is_a_label(response: str, labels: tuple[str, ...], named: list[str]) -> None:
    assert label_match(labels).named(response) == named


@pytest.mark.parametrize(
    ("response", "named"),
    [
        ("No.", ["no"]),
        ("Yes, it is", ["yes"]),
        ("No, there is no problem", ["no"]),
        ("**Yes**, no problem", ["yes"]),
        ("I have no idea", []),
        ("There is no way to know.", []),
        ("It is no good", []),
        ("Hmm, no way", []),
        ("There is no way to tell.\n**Yes**", ["yes"]),
        ("Answer: no", ["no"]),
        ("Label: **yes**, since it is", ["yes"]),
        ("The answer is no because of that", ["no"]),
        ("The correct answer would be: yes", ["yes"]),
        ('{"spam": "no"}', ["no"]),
        ("<answer>no</answer>", ["no"]),
        ("I would say no.", ["no"]),
        ("yes or no", ["yes", "no"]),
        ("yes/no", ["yes", "no"]),
        ("The statement is true.", ["true"]),
        ("It is a true story", []),
        ("It is not true.", []),
        ("In other words, yes or so", []),
        ("The category is other", ["other"]),
        ("There are none that fit", []),
        ("None", ["none"]),
    ],
)
def test_everyday_words_must_be_given_as_the_answer(response: str, named: list[str]) -> None:
    assert label_match(("yes", "no", "true", "false", "none", "other")).named(response) == named


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
