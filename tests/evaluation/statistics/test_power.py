"""What so many rows can show, checked by counting and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper.evaluation.statistics import (
    could_any_run_win,
    mcnemar_exact,
    mcnemar_power,
    minimum_detectable_difference,
    rows_to_decide,
    rows_to_decide_graded,
    smallest_wins,
)


def test_six_wins_are_the_fewest_and_eight_at_one_percent() -> None:
    assert (smallest_wins(), smallest_wins(0.01)) == (6, 8)


@given(st.integers(0, 40))
def test_a_run_could_win_only_where_fixing_every_error_would_show(errors: int) -> None:
    assert could_any_run_win(errors) == (mcnemar_exact(errors, 0) < 0.05)


def test_power_agrees_with_simulation() -> None:
    random = np.random.default_rng(0)
    shown = 0
    for wins, losses, _ in random.multinomial(100, [0.2, 0.05, 0.75], size=4000):
        shown += mcnemar_exact(int(wins), int(losses)) < 0.05 and wins > losses
    assert mcnemar_power(100, 0.2, 0.05) == pytest.approx(shown / 4000, abs=0.02)


@pytest.mark.parametrize(("wins", "losses", "rows"), [(5, 0, 80), (12, 6, 100), (4, 9, 60), (20, 16, 100)])
def test_rows_to_decide_reach_the_power_and_one_less_does_not(wins: int, losses: int, rows: int) -> None:
    more = rows_to_decide(wins, losses, rows)
    assert more is not None
    shares = wins / rows, losses / rows
    assert mcnemar_power(rows + more, *shares) >= 0.8
    assert mcnemar_power(rows + more - 1, *shares) < 0.8


def test_rows_to_decide_by_approximation_are_near_the_power_too() -> None:
    more = rows_to_decide(20, 18, 100)
    assert more is not None
    assert mcnemar_power(100 + more, 0.2, 0.18) == pytest.approx(0.8, abs=0.001)


def test_rows_to_decide_where_nothing_decides_and_where_it_takes_very_many() -> None:
    assert rows_to_decide(7, 7, 100) is None
    assert rows_to_decide(0, 0, 100) is None
    assert (rows_to_decide(51, 50, 1000) or 0) > 500_000


def test_rows_to_decide_for_graded_scores() -> None:
    assert rows_to_decide_graded([0.5, -0.5] * 20) is None
    assert rows_to_decide_graded([]) is None
    # ((1.95996 + 0.84162) * 0.253185 / 0.05)^2 is 201.3: 202 in all, 40 are there
    assert rows_to_decide_graded([0.3, -0.2] * 20) == 162


@pytest.mark.parametrize("rows", [50, 100, 400])
def test_minimum_detectable_difference_is_just_detectable(rows: int) -> None:
    gain = minimum_detectable_difference(rows, loss_share=0.05)
    assert gain is not None
    assert mcnemar_power(rows, gain + 0.05, 0.05) >= 0.8
    assert mcnemar_power(rows, gain + 0.05 - 0.005, 0.05) < 0.8


def test_five_rows_detect_nothing() -> None:
    assert minimum_detectable_difference(5, loss_share=0.0) is None
