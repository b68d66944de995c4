"""The verdict: table of cases, pairing, and how often chance alone is called better."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import pytest

from wrapper.errors import BadInput, GateRefused
from wrapper.evaluation.compare import holm
from wrapper.evaluation.scores import ArmScores, Grade, RowScore
from wrapper.evaluation.verdict import Verdict, decide


def arm(
    name: str, scores: Sequence[float | None], *, scoring: str = "generated", first: int = 0
) -> ArmScores:
    rows = tuple(
        RowScore(row_id=str(first + number), response="", grade=Grade(score=score))
        for number, score in enumerate(scores)
    )
    return ArmScores(arm=name, scoring=scoring, metric="label", rows=rows, seconds=1.0)


def share(right: int, rows: int = 100) -> list[float]:
    return [1.0] * right + [0.0] * (rows - right)


def judge(tuned: ArmScores, *cheaper: ArmScores, target: float = 0.8) -> Verdict:
    return decide(tuned, cheaper, binary=True, target=target, seed=0)


def test_better_than_each_and_good_enough() -> None:
    verdict = judge(arm("tuned", share(90)), arm("classical", share(70)), arm("few_shot", share(40)))
    assert verdict.outcome == "better"
    assert (verdict.best_cheaper, verdict.n, verdict.wins, verdict.losses) == ("classical", 100, 20, 0)
    assert verdict.difference == pytest.approx(0.2)
    assert 0 < verdict.low < 0.2 < verdict.high
    assert verdict.p == pytest.approx(2 / 2**20)
    assert verdict.meets_target
    assert verdict.tuned_low < 0.9 < verdict.tuned_high
    assert verdict.rows_needed is None
    assert verdict.next_action.startswith("export the tuned model")


def test_better_but_below_the_target() -> None:
    verdict = judge(arm("tuned", share(60)), arm("classical", share(30)))
    assert (verdict.outcome, verdict.meets_target) == ("better", False)
    assert "below the target 0.8" in verdict.next_action


def test_a_target_that_is_just_reached_is_met() -> None:
    assert judge(arm("tuned", share(80)), arm("classical", share(30))).meets_target


def test_five_wins_do_not_decide_and_six_do() -> None:
    five = judge(arm("tuned", share(55)), arm("classical", share(50)))
    assert five.outcome == "undecided"
    assert five.rows_needed is not None
    assert f"about {five.rows_needed} more fresh test rows" in five.next_action
    assert "do not spend on a larger model" in five.next_action
    assert judge(arm("tuned", share(56)), arm("classical", share(50))).outcome == "better"


def test_one_cheaper_arm_that_keeps_up_is_enough_to_withhold_better() -> None:
    verdict = judge(arm("tuned", share(70)), arm("classical", share(70)), arm("few_shot", share(10)))
    assert verdict.outcome == "undecided"
    assert verdict.best_cheaper == "classical"
    assert verdict.rows_needed is None
    assert "not ahead of `classical`" in verdict.next_action
    assert [one.outcome for one in verdict.comparisons] == ["undecided", "better"]


def test_worse_says_what_to_do_instead() -> None:
    verdict = judge(arm("tuned", share(40)), arm("classical", share(70)), arm("few_shot", share(10)))
    assert (verdict.outcome, verdict.best_cheaper) == ("worse", "classical")
    assert verdict.next_action.startswith("do not spend on a larger model; improve data or prompt first")
    reached = judge(arm("tuned", share(40)), arm("classical", share(85)))
    assert reached.next_action.startswith("ship `classical`")


def test_worse_is_corrected_for_the_number_of_arms() -> None:
    """7 losses without a win are p = 0.016: enough against one arm, not against four."""
    tuned, ahead = arm("tuned", share(50)), arm("classical", share(57))
    level = [arm(name, share(50)) for name in ("base", "prompted", "few_shot")]
    assert judge(tuned, ahead).outcome == "worse"
    verdict = judge(tuned, ahead, *level)
    assert verdict.outcome == "undecided"
    assert verdict.comparisons[0].p_holm == pytest.approx(4 * 2 / 2**7)
    assert verdict.deciding == verdict.comparisons[0]


def test_the_deciding_comparison_need_not_be_the_best_arm() -> None:
    """Scattered gains and losses leave the arm with the smallest lead open; steady ones do not."""
    tuned = arm("tuned", [1.0] * 50 + [0.0] * 50)
    steady = arm("steady", [1.0] * 58 + [0.0] * 42)
    scattered = arm("scattered", [0.0] * 41 + [1.0] * 59)
    verdict = judge(tuned, scattered, steady)
    assert (verdict.outcome, verdict.best_cheaper, verdict.deciding.arm) == ("worse", "scattered", "steady")
    undecided = judge(arm("tuned", share(60)), arm("steady", share(53)), arm("scattered", [0.0] * 48 + share(52, 52)))
    assert (undecided.outcome, undecided.best_cheaper) == ("undecided", "steady")
    assert undecided.deciding.arm == "scattered"


def test_rows_are_joined_by_id_and_ungraded_ones_left_out() -> None:
    tuned = arm("tuned", [1.0, None, 1.0, 0.0])
    reverse = arm("classical", [0.0, 1.0, 0.0, None])
    shuffled = msgspec.structs.replace(reverse, rows=reverse.rows[::-1])
    verdict = judge(tuned, shuffled)
    assert (verdict.n, verdict.wins, verdict.losses) == (2, 2, 0)


def test_a_row_that_stands_twice_counts_once() -> None:
    once, cheap = arm("tuned", share(6, 6)), arm("classical", share(3, 6))
    twice = msgspec.structs.replace(once, rows=once.rows * 2)
    assert judge(twice, cheap).n == 6


def test_names_tell_likelihood_from_generation() -> None:
    verdict = judge(arm("tuned", share(50)), arm("prompted", share(40), scoring="likelihood"))
    assert verdict.best_cheaper == "prompted (likelihood)"


def test_nothing_to_compare() -> None:
    with pytest.raises(GateRefused) as caught:
        judge(arm("tuned", share(50)))
    assert caught.value.gate == "need"
    with pytest.raises(BadInput, match="no graded row in common"):
        judge(arm("tuned", share(5, 10)), arm("classical", share(5, 10), first=10))


def test_graded_scores_use_the_bootstrap() -> None:
    random = np.random.default_rng(0)
    low = random.beta(3, 3, 80)
    high = np.clip(low + random.normal(0.15, 0.1, 80), 0, 1)
    tuned, cheap = arm("tuned", high.tolist()), arm("classical", low.tolist())
    verdict = decide(tuned, [cheap], binary=False, target=0.5, seed=0)
    assert verdict.outcome == "better"
    assert verdict.low < verdict.difference < verdict.high
    assert "bootstrap" in verdict.method
    assert decide(cheap, [tuned], binary=False, target=0.5, seed=0).outcome == "worse"
    near = arm("classical", np.clip(low + random.normal(0.004, 0.1, 80), 0, 1).tolist())
    undecided = decide(near, [cheap], binary=False, target=0.5, seed=0)
    assert undecided.outcome == "undecided"


def test_a_verdict_survives_its_file() -> None:
    verdict = judge(arm("tuned", share(90)), arm("classical", share(70)))
    assert msgspec.json.decode(msgspec.json.encode(verdict), type=Verdict) == verdict


def test_holm() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.parametrize(
    ("rows", "difficulty", "arms"), [(50, 0.5, 1), (100, 0.2, 1), (200, 0.8, 1), (100, 0.4, 3)]
)
def test_equal_arms_are_seldom_called_better_or_worse(rows: int, difficulty: float, arms: int) -> None:
    random = np.random.default_rng(rows + arms)
    outcomes = []
    for seed in range(250):
        scores = (random.random((arms + 1, rows)) < difficulty) * 1.0
        tuned, *cheaper = [arm(str(number), row.tolist()) for number, row in enumerate(scores)]
        outcomes.append(decide(tuned, cheaper, binary=True, target=0.5, seed=seed).outcome)
    assert outcomes.count("better") / 250 <= 0.05
    assert outcomes.count("worse") / 250 <= 0.05


def test_equal_graded_arms_are_seldom_called_better_or_worse() -> None:
    """Few rows differ here, where the plain bootstrap is too bold."""
    random = np.random.default_rng(5)
    outcomes = []
    for seed in range(200):
        base = np.where(random.random(40) < 0.8, 1.0, 0.5)
        scores = [np.where(random.random(40) < 0.1, random.random(40), base) for _ in range(2)]
        tuned, cheap = (arm(str(number), row.tolist()) for number, row in enumerate(scores))
        outcomes.append(decide(tuned, [cheap], binary=False, target=0.5, seed=seed).outcome)
    assert outcomes.count("better") / 200 <= 0.05
    assert outcomes.count("worse") / 200 <= 0.05
