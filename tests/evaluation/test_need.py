"""The need gate: when training is refused, and what is said."""

from __future__ import annotations

from collections.abc import Sequence

from wrapper.evaluation.need import need
from wrapper.evaluation.scores import ArmScores, Grade, RowScore


def arm(name: str, scores: Sequence[float | None]) -> ArmScores:
    rows = tuple(
        RowScore(row_id=str(number), response="", grade=Grade(score=score))
        for number, score in enumerate(scores)
    )
    return ArmScores(arm=name, metric="label", rows=rows, seconds=1.0)


def share(right: int, rows: int = 100) -> list[float]:
    return [1.0] * right + [0.0] * (rows - right)


def test_no_training_before_a_baseline() -> None:
    assert need([], 0.9, True).refuse
    unread = need([arm("classical", [None, None])], 0.9, True)
    assert unread.refuse
    assert "no training before a baseline" in unread.reason


def test_the_first_rung_that_reaches_the_target_ends_the_climb() -> None:
    rungs = [arm("classical", share(80)), arm("prompted", share(90)), arm("few_shot", share(95))]
    asked = need(rungs, 0.9, True)
    assert (asked.reached_by, asked.refuse) == ("prompted", True)
    assert asked.reason == "`prompted` scores 0.9 on 100 rows and reaches the target 0.9"


def test_too_few_errors_for_any_run_to_win() -> None:
    asked = need([arm("classical", share(95)), arm("base", share(10))], 0.99, True)
    assert (asked.reached_by, asked.refuse) == (None, True)
    assert "only 5 of 100 rows" in asked.reason
    assert "takes 6 wins" in asked.reason
    assert not need([arm("classical", share(94))], 0.99, True).refuse


def test_room_to_win_says_where() -> None:
    asked = need([arm("classical", share(60)), arm("base", share(10))], 0.9, True)
    assert not asked.refuse
    assert asked.reason.startswith("the best cheaper rung, `classical`, scores 0.6, below the target 0.9")


def test_graded_scores_are_held_against_a_perfect_model() -> None:
    assert need([arm("classical", [1.0] * 95 + [0.5] * 5)], 0.99, False).refuse
    assert not need([arm("classical", [0.6, 0.8] * 40)], 0.99, False).refuse
