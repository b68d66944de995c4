"""The exact test against scipy, and intervals against published values and their own level."""

from __future__ import annotations

from itertools import combinations_with_replacement
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binom, binomtest

from wrapper.evaluation.statistics import mcnemar_exact, paired_difference_interval, wilson_interval

COUNTS = st.integers(0, 200)


@given(COUNTS, COUNTS)
def test_mcnemar_is_the_binomial_test(wins: int, losses: int) -> None:
    expected = binomtest(wins, wins + losses).pvalue if wins + losses else 1.0
    assert mcnemar_exact(wins, losses) == pytest.approx(expected)


def test_mcnemar_of_many_rows_does_not_overflow() -> None:
    assert mcnemar_exact(5000, 4800) == pytest.approx(0.044404148)


@given(COUNTS, st.integers(1, 200))
def test_wilson_is_that_of_scipy(right: int, more: int) -> None:
    rows = right + more
    expected = binomtest(right, rows).proportion_ci(method="wilson")
    assert wilson_interval(right, rows) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_wilson_at_the_edges() -> None:
    assert wilson_interval(0, 0) == (0, 1)
    assert wilson_interval(0, 50).low == 0
    assert wilson_interval(50, 50).high == 1


@pytest.mark.parametrize(("only_a", "only_b", "rows"), [(9, 3, 56), (0, 1, 44), (1, 14, 100), (12, 12, 30)])
def test_tango_ends_where_the_score_test_rejects(only_a: int, only_b: int, rows: int) -> None:
    """The nuisance share found by maximising the likelihood numerically, not by Tango's formula."""
    for end in paired_difference_interval(0, only_a, only_b, rows - only_a - only_b):

        def unlikelihood(share: float, end: float = end) -> float:
            agree = max(1e-12, 1 - 2 * share - end)
            return -(
                only_a * log(max(1e-12, share + end))
                + only_b * log(max(1e-12, share))
                + (rows - only_a - only_b) * log(agree)
            )

        bounds = (max(0.0, -end), (1 - end) / 2)
        share = minimize_scalar(unlikelihood, bounds=bounds, method="bounded", options={"xatol": 1e-10}).x
        statistic = (only_a - only_b - rows * end) / sqrt(rows * (2 * share + end * (1 - end)))
        assert abs(statistic) == pytest.approx(1.95996, abs=1e-3)


def test_tango_without_discordant_rows() -> None:
    """The score test then inverts in closed form: z^2 / (n + z^2)."""
    end = 1.959964**2 / (10 + 1.959964**2)
    assert paired_difference_interval(7, 0, 0, 3) == pytest.approx((-end, end), abs=1e-6)
    assert paired_difference_interval(0, 0, 0, 0) == (-1, 1)


def test_tango_where_every_row_is_discordant() -> None:
    assert paired_difference_interval(0, 10, 0, 0).high == 1
    assert paired_difference_interval(0, 0, 10, 0).low == -1


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_tango_holds_the_estimate_and_mirrors(both: int, only_a: int, only_b: int, neither: int) -> None:
    rows = both + only_a + only_b + neither
    if not rows:
        return
    low, high = paired_difference_interval(both, only_a, only_b, neither)
    assert -1 <= low <= (only_a - only_b) / rows + 1e-9
    assert (only_a - only_b) / rows - 1e-9 <= high <= 1
    assert paired_difference_interval(both, only_b, only_a, neither) == pytest.approx((-high, -low), abs=1e-9)


SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3)


@pytest.mark.parametrize("rows", [50, 100, 200])
def test_tango_covers_in_every_cell(rows: int) -> None:
    """Exactly, over every outcome that is not next to impossible: at least 93 % where 95 % is claimed."""
    known: dict[tuple[int, int], tuple[float, float]] = {}
    counts = np.arange(rows + 1)
    for win_share, loss_share in combinations_with_replacement(SHARES, 2):  # the other half is the mirror
        covered = 0.0
        for wins in counts[binom.pmf(counts, rows, win_share) > 1e-5]:
            chance = binom.pmf(wins, rows, win_share)
            chances = binom.pmf(counts, rows - wins, loss_share / (1 - win_share))
            for losses in counts[chances > 1e-5]:
                pair = int(wins), int(losses)
                if pair not in known:
                    known[pair] = paired_difference_interval(0, *pair, rows - sum(pair))
                low, high = known[pair]
                inside = low - 1e-9 <= win_share - loss_share <= high + 1e-9
                covered += inside * chance * chances[losses]
        assert covered > 0.93, (win_share, loss_share)


@pytest.mark.parametrize("rows", [50, 100, 200])
def test_wilson_covers_in_every_cell(rows: int) -> None:
    for share in np.arange(0.05, 0.96, 0.05):
        intervals = [wilson_interval(right, rows) for right in range(rows + 1)]
        inside = [low <= share <= high for low, high in intervals]
        assert binom.pmf(np.arange(rows + 1), rows, share)[inside].sum() > 0.92, share
