"""Failures are grouped by what caused them, and one recommendation follows: data before model."""

from __future__ import annotations

import random

import pytest

from wrapper.data.rows import Message, make_row
from wrapper.evaluation.failures import diagnose
from wrapper.evaluation.failures.causes import Near, Setting, cause_of
from wrapper.evaluation.failures.label_noise import suspect_labels
from wrapper.evaluation.graders import get_grader
from wrapper.evaluation.scores import ArmScores, RowScore
from wrapper.evaluation.verdict import decide

TOPICS = {
    "refund": ("money back", "refund", "return the payment", "reimburse me"),
    "delivery": ("parcel", "package", "shipment", "courier"),
    "login": ("password", "sign in", "log in", "account access"),
}


def row(text, answer, line=1, file="f"):
    return make_row((Message(role="user", content=text),), answer, file=file, line=line)


def intents(count, seed, file="train"):
    chance = random.Random(seed)
    names = sorted(TOPICS)
    rows = []
    for line in range(1, count + 1):
        label = names[line % 3]
        words = chance.choices(["please", "today", "my", "the", "still", "again", "help", "with", "about"], k=5)
        rows.append(row(f"{' '.join(words)} {chance.choice(TOPICS[label])} {line}", label, line, file))
    return rows


def scores(name, rows, responses, grader, generated=3):
    return ArmScores(
        arm=name,
        metric=grader.name,
        rows=tuple(
            RowScore(row_id=one.row_id, response=said, grade=grader.grade(said, one.answer), generated_tokens=generated)
            for one, said in zip(rows, responses, strict=True)
        ),
        seconds=1.0,
    )


def corrupted(rows, share, seed):
    """The rows with a share of their labels changed, and the lines of those."""
    chance = random.Random(seed)
    lines = set(chance.sample([one.line for one in rows], int(share * len(rows))))
    names = sorted(TOPICS)
    changed = [
        row(one.input_text, chance.choice([name for name in names if name != one.answer]), one.line, one.file)
        if one.line in lines
        else one
        for one in rows
    ]
    return changed, lines


@pytest.mark.parametrize("seed", range(3))
def test_rows_with_corrupted_labels_are_named(seed) -> None:
    train, wrong = corrupted(intents(300, seed), 0.3, seed)
    found = {one.row.line for one in suspect_labels(train, 0)}
    assert len(found & wrong) / len(wrong) > 0.8
    assert len(found & wrong) / len(found) > 0.8


def test_clean_labels_raise_few_suspects() -> None:
    assert len(suspect_labels(intents(300, 5), 0)) <= 9


def verdict_and_diagnosis(train, test, tuned_answers, cheap_answers, target=0.95, **more):
    grader = get_grader("label", labels=tuple(sorted(TOPICS)))
    tuned, cheap = scores("tuned", test, tuned_answers, grader), scores("prompted", test, cheap_answers, grader)
    verdict = decide(tuned, [cheap], binary=True, target=target, seed=0)
    more = {"labels": tuple(sorted(TOPICS)), "system_prompt": "", "max_answer_tokens": 20, **more}
    return verdict, diagnose(tuned, train=train, test=test, verdict=verdict, **more)


def test_thirty_percent_corrupted_labels_are_the_recommendation() -> None:
    train, wrong = corrupted(intents(300, 1), 0.3, 1)
    test = intents(90, 2, "test")
    chance = random.Random(3)
    tuned = [one.answer if chance.random() < 0.6 else "login" for one in test]
    verdict, found = verdict_and_diagnosis(train, test, tuned, [one.answer for one in test])
    assert verdict.outcome == "worse"
    assert found.action == "fix_rows"
    assert 70 <= found.suspects <= 110
    assert "train:" in found.recommendation
    named = {one.line for one in found.suspect_rows}
    assert len(named & wrong) >= 0.9 * len(named)


def test_a_winner_at_its_target_is_told_to_stop() -> None:
    test = intents(90, 2, "test")
    _, found = verdict_and_diagnosis(intents(300, 1), test, [one.answer for one in test], ["x"] * 90)
    assert (found.failed, found.causes, found.action) == (0, (), "stop")


@pytest.mark.parametrize("outcome", ["loses", "ties"])
def test_no_larger_model_for_one_that_does_not_win(outcome) -> None:
    test = intents(90, 2, "test")
    chance = random.Random(4)
    tuned = [one.answer if chance.random() < 0.7 else chance.choice(sorted(TOPICS)) for one in test]
    cheap = [one.answer for one in test] if outcome == "loses" else tuned
    _, found = verdict_and_diagnosis(intents(300, 1), test, tuned, cheap, loss="falling")
    assert found.action not in ("larger_model", "more_epochs")


def test_one_pair_of_labels_is_named() -> None:
    test = intents(90, 2, "test")
    tuned = ["delivery" if one.answer == "refund" else one.answer for one in test]
    _, found = verdict_and_diagnosis(intents(300, 1), test, tuned, tuned)
    (group,) = found.causes
    assert (group.cause, group.rows, group.pair) == ("wrong_label", 30, ("refund", "delivery", 30))
    assert found.action == "add_rows" and "`refund` from `delivery`" in found.recommendation
    assert group.examples[0].nearest[0].file == "train"


def test_answers_that_are_cut_off() -> None:
    test = intents(90, 2, "test")
    grader = get_grader("label", labels=tuple(sorted(TOPICS)))
    tuned = scores("tuned", test, ["something long"] * 90, grader, generated=20)
    verdict = decide(tuned, [scores("prompted", test, ["x"] * 90, grader)], binary=True, target=0.9, seed=0)
    found = diagnose(
        tuned, train=intents(300, 1), test=test, verdict=verdict, labels=(), system_prompt="", max_answer_tokens=20
    )
    assert (found.causes[0].cause, found.action) == ("cut_off", "longer_answers")


PLAIN = Setting(labels=frozenset(), trained_answers=frozenset(), system_prompt="Be brief", max_answer_tokens=50)
LONG = "balance_not_updated_after_bank_transfer"
PROMPTED = Setting(
    labels=frozenset(("a", LONG)), trained_answers=frozenset("a"), system_prompt=f"Say a or {LONG}.",
    max_answer_tokens=50,
)  # fmt: skip
LABELS = Setting(labels=frozenset("ab"), trained_answers=frozenset("a"), system_prompt="", max_answer_tokens=50)


def graded(response, explanation="", tokens=3):
    from wrapper.evaluation.scores import Grade

    grade = Grade(score=0.0, answer=response, explanation=explanation)
    return RowScore(row_id="x", response=response, grade=grade, generated_tokens=tokens)


@pytest.mark.parametrize(
    ("asked", "gold", "score", "near", "setting", "cause"),
    [
        ("hi", "yes", graded(" "), [], PLAIN, "empty"),
        ("hi", "yes", graded("<think>so</think>"), [], PLAIN, "empty"),
        ("hi", "yes", graded("a a a", tokens=50), [], PLAIN, "cut_off"),
        ("Where is the town hall?", "there", graded("where is the town hall"), [], PLAIN, "copied_prompt"),
        ("q", "a", graded(LONG, "another label than `a`"), [], PROMPTED, "wrong_label"),  # the prompt lists the labels
        ("q", '{"a": 1}', graded("a is 1"), [], PLAIN, "format"),
        ("q", "a", graded("maybe", "names no label"), [], LABELS, "format"),
        ("q", "b", graded("a", "another label than `b`"), [], LABELS, "unseen_label"),
        ("q", "a", graded("b", "another label than `a`"), [], LABELS, "wrong_label"),
        ("what is the time in rome", "noon", graded("one"), [], PLAIN, "far_from_train"),
        ("what is the time in rome", "quarter past seventeen", graded("one"),
         [Near(row=row("what is the time in bern", "noon"), similarity=0.8)], PLAIN, "needs_knowledge"),
        ("what is the time in rome", "rome time", graded("one"),
         [Near(row=row("what is the time in bern", "noon"), similarity=0.8)], PLAIN, "other"),
        ("what is the time", "noon", graded("one"),
         [Near(row=row("what is a time", "noon"), similarity=0.8),
          Near(row=row("what is that time", "one"), similarity=0.7)], PLAIN, "contradictory_neighbours"),
    ],
)  # fmt: skip
def test_the_cause_of_one_row(asked, gold, score, near, setting, cause) -> None:
    assert cause_of(row(asked, gold), score, near, setting) == cause
