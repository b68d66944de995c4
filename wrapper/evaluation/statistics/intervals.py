"""Rows that are right or wrong: the exact paired test, and score intervals that keep their level."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

LEVEL = 0.05  # two-sided, throughout thriftune


class Interval(NamedTuple):
    low: float
    high: float


def _z(level: float, freedom: float | None = None) -> float:
    """The quantile that both tails leave out: Student's t where the spread has few degrees of freedom."""
    if freedom is None:
        return NormalDist().inv_cdf(0.5 + level / 2)
    from scipy.stats import t

    return float(t.ppf(0.5 + level / 2, freedom))


def mcnemar_exact(wins: int, losses: int) -> float:
    """Two-sided p of McNemar's exact test: a fair coin for each row that only one side got right."""
    rows = wins + losses
    tail, term = 0, 1
    for k in range(min(wins, losses) + 1):
        tail += term
        term = term * (rows - k) // (k + 1)
    # integers to the end: floats of 2**rows overflow
    return 1.0 if 2 * tail >= 2**rows else 2 * tail / 2**rows


def wilson_interval(right: float, rows: float, level: float = 0.95, freedom: float | None = None) -> Interval:
    """Wilson's score interval of a proportion; 0 to 1 without rows.

    Clustered rows come as the smaller number of rows that would show as much alone (no whole numbers then), and
    with the degrees of `freedom` of their spread: the modified Wilson interval of survey statistics (Dean and
    Pagano, Journal of Survey Statistics and Methodology 3 (2015) 484-503).
    """
    if rows == 0:
        return Interval(0.0, 1.0)
    z2 = _z(level, freedom) ** 2
    share = right / rows
    centre = (share + z2 / (2 * rows)) / (1 + z2 / rows)
    half = sqrt(z2 * (share * (1 - share) / rows + z2 / (4 * rows**2))) / (1 + z2 / rows)
    low = 0.0 if right == 0 else centre - half
    high = 1.0 if right == rows else centre + half
    return Interval(low, high)


def paired_difference_interval(
    both: float, only_a: float, only_b: float, neither: float, level: float = 0.95, freedom: float | None = None
) -> Interval:
    """Tango's score interval of share right of a minus share right of b, on the same rows.

    Tango, Statistics in Medicine 17 (1998) 891-908: the differences that the score test does not reject,
    with the nuisance share at its maximum-likelihood value under each difference. -1 to 1 without rows.
    Clustered rows come as for `wilson_interval`.
    """
    rows = both + only_a + only_b + neither
    if rows == 0:
        return Interval(-1.0, 1.0)
    z = _z(level, freedom)
    estimate = (only_a - only_b) / rows

    def statistic(difference: float) -> float:
        return tango_statistic(difference, only_a, only_b, rows)

    low = -1.0 if only_b == rows else _crossing(lambda d: statistic(d) > z, -1.0, estimate)
    high = 1.0 if only_a == rows else _crossing(lambda d: statistic(d) > -z, estimate, 1.0)
    return Interval(low, high)


def tango_statistic(difference: float, only_a: float, only_b: float, rows: float) -> float:
    """Tango's score statistic of a difference, a minus b; it falls as the difference rises."""
    variance = rows * tango_variance(difference, only_a, only_b, rows)
    distance = only_a - only_b - rows * difference
    if variance <= 0:
        return 0.0 if distance == 0 else float("inf") if distance > 0 else float("-inf")
    return distance / sqrt(variance)


def tango_variance(difference: float, only_a: float, only_b: float, rows: float) -> float:
    """Of one row, were the difference the true one: the nuisance share is the likeliest that agrees with it."""
    b = -only_a - only_b + (2 * rows - only_a + only_b) * difference
    c = -only_b * difference * (1 - difference)
    loss_share = max(0.0, (sqrt(max(0.0, b * b - 8 * rows * c)) - b) / (4 * rows))
    return 2 * loss_share + difference * (1 - difference)


def _crossing(above: Callable[[float], bool], low: float, high: float) -> float:
    """Where `above` turns from true to false between low and high, by bisection to 1e-12."""
    while high - low > 1e-12:
        middle = (low + high) / 2
        if above(middle):
            low = middle
        else:
            high = middle
    return (low + high) / 2
