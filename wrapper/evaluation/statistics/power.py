"""What a number of rows can show, and how many it takes."""

from __future__ import annotations

from math import ceil, floor, sqrt
from statistics import NormalDist, fmean, stdev
from typing import TYPE_CHECKING

from wrapper.evaluation.statistics.intervals import LEVEL, mcnemar_exact

if TYPE_CHECKING:
    from collections.abc import Sequence

POWER = 0.8
_EXACT_ROWS = 5_000  # past so many the normal approximation is as good and much quicker


def smallest_wins(alpha: float = LEVEL) -> int:
    """Fewest wins, without a loss, that the exact test calls better: 6 at 0.05."""
    wins = 1
    while mcnemar_exact(wins, 0) >= alpha:
        wins += 1
    return wins


def could_any_run_win(errors_of_best_cheap: int) -> bool:
    """Would a tuned model that fixed every one of these errors, and lost nothing, be shown to be better?"""
    return errors_of_best_cheap >= smallest_wins()


def mcnemar_power(rows: int, win_share: float, loss_share: float, alpha: float = LEVEL) -> float:
    """Chance that the exact test on so many rows shows the side that wins more to be better."""
    import numpy as np
    from scipy.stats import binom

    either = win_share + loss_share
    if either <= 0:
        return 0.0
    around = 8 * sqrt(rows * either * max(0.0, 1 - either)) + 8  # beyond it next to nothing happens
    discordant = np.arange(max(0, floor(rows * either - around)), min(rows, ceil(rows * either + around)) + 1)
    needed = binom.isf(alpha / 2, discordant, 0.5) + 1  # wins from which on p is under alpha
    chance = binom.sf(needed - 1, discordant, max(win_share, loss_share) / either)
    return float(np.sum(binom.pmf(discordant, rows, min(1.0, either)) * chance))


def rows_to_decide(wins: int, losses: int, rows: int) -> int | None:
    """How many more rows decide it with a chance of 80 %, were the rates so far the true ones.

    None where the rates are equal: no number of rows would decide. At least 1.
    """
    if wins == losses:
        return None
    win_share, loss_share = wins / rows, losses / rows
    about = _connor(win_share, loss_share)
    if about > _EXACT_ROWS:
        return max(1, about - rows)
    low, high = 1, about
    while mcnemar_power(high, win_share, loss_share) < POWER:
        low, high = high + 1, high + about // 4 + 10
    while low < high:
        middle = (low + high) // 2
        if mcnemar_power(middle, win_share, loss_share) < POWER:
            low = middle + 1
        else:
            high = middle
    return max(1, high - rows)


def normal_factors() -> tuple[float, float]:
    """The normal quantiles of the two-sided level and of the power."""
    return NormalDist().inv_cdf(1 - LEVEL / 2), NormalDist().inv_cdf(POWER)


def _connor(win_share: float, loss_share: float) -> int:
    """Rows for McNemar's test by the normal approximation (Connor, Biometrics 43 (1987) 207-211).

    With the continuity correction that brings it to the exact test (Fleiss, Levin and Paik 2003).
    """
    level, power = normal_factors()
    either, gap = win_share + loss_share, abs(win_share - loss_share)
    rows = ((level * sqrt(either) + power * sqrt(max(0.0, either - gap**2))) / gap) ** 2
    return ceil(rows / 4 * (1 + sqrt(1 + 4 / (rows * gap))) ** 2)


def rows_to_decide_graded(differences: Sequence[float]) -> int | None:
    """The same for graded scores, from the mean and spread of the paired differences (paired t, normal)."""
    mean = fmean(differences) if differences else 0.0
    if mean == 0 or len(differences) < 2:
        return None
    level, power = normal_factors()
    total = ceil(((level + power) * stdev(differences) / mean) ** 2)
    return max(1, total - len(differences))


def minimum_detectable_difference(rows: int, loss_share: float = 0.05) -> float | None:
    """Smallest gain in share right that so many rows show with a chance of 80 %.

    `loss_share` is the share of rows that the better side gets wrong and the other right. None where
    not even a gain on every other row would be shown.
    """
    low, high = 0.0, 1 - 2 * loss_share
    if mcnemar_power(rows, high + loss_share, loss_share) < POWER:
        return None
    while high - low > 1e-4:
        middle = (low + high) / 2
        if mcnemar_power(rows, middle + loss_share, loss_share) < POWER:
            low = middle
        else:
            high = middle
    return high


def minimum_detectable_graded(rows: int, deviation: float) -> float | None:
    """Smallest mean difference of graded scores that so many rows show with a chance of 80 %.

    `deviation` is the standard deviation of the paired differences. Paired t test; None where not even a
    difference of 1 would be shown.
    """
    from scipy.stats import t

    if rows < 2:
        return None
    freedom = rows - 1
    found = float(t.isf(LEVEL / 2, freedom) + t.ppf(POWER, freedom)) * deviation / sqrt(rows)
    return found if found <= 1 else None


def design_effect(sizes: Sequence[int], correlation: float) -> float:
    """How many rows in clusters of these sizes are worth one that stands alone (Kish, Survey Sampling, 1965).

    `correlation` is that of two rows of a cluster.
    """
    return 1 + (sum(size**2 for size in sizes) / sum(sizes) - 1) * correlation
