"""Graded scores: intervals and tests by resampling rows, seeded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from wrapper.evaluation.statistics.intervals import LEVEL, Interval, wilson_interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RESAMPLES = 10_000
_CHUNK = 250_000  # numbers held at once: about what a core's cache holds
_EQUAL = 1e-9  # scores that differ by less differ by rounding
_UNSEEN_ROWS = 0.5  # at the end of what is possible; a quarter covered 0.89 to 0.93 where a half covers 0.95
_ALL_SIGNS = 12  # up to so many differences that are not zero, every pattern of signs is tried


class Difference(NamedTuple):
    """Mean of a minus mean of b, its 95 % interval, and the two-sided p of no difference."""

    mean: float
    low: float
    high: float
    p: float


def _chunks(resamples: int, rows: int) -> Iterator[int]:
    size = max(1, _CHUNK // max(1, rows))
    for start in range(0, resamples, size):
        yield min(size, resamples - start)


def _weighted_sums(scores: Floats, random: np.random.Generator, resamples: int) -> tuple[Floats, Floats]:
    """Of each resample: the scores summed with exponential weights, and the sum of the weights."""
    import numpy as np

    sums, totals = [], []
    for count in _chunks(resamples, len(scores)):
        weights = random.standard_exponential((count, len(scores)))
        sums.append(weights @ scores)
        totals.append(weights.sum(axis=1))
    return np.concatenate(sums), np.concatenate(totals)


def _resampled_means(
    scores: Floats, ends: tuple[float, float], random: np.random.Generator, resamples: int
) -> tuple[Floats, Floats]:
    """Means of the Bayesian bootstrap, with half a row more at either of the `ends`: for a lower bound, and an upper.

    The weights of the rows are exponential (Rubin, Annals of Statistics 9 (1981) 130-134): smooth, where drawing
    whole rows again is not. A row at the end of what is possible stands for those that were not seen: a whole one
    makes of it Gaffke's bound, which for rows that are right or wrong is that of Clopper and Pearson, half a one
    comes between that and the plain bootstrap, and so does its coverage (`scripts/bench/statistics`).
    """
    sums, totals = _weighted_sums(scores, random, resamples)
    added = random.gamma(_UNSEEN_ROWS, size=resamples)
    low, high = ((sums + added * end) / (totals + added) for end in ends)
    return low, high


def mean_interval(
    scores: Sequence[float], seed: int = 0, level: float = 0.95, resamples: int = RESAMPLES
) -> Interval:
    """Interval of a mean of scores from 0 to 1 by the Bayesian bootstrap, with half a row more at 0 or at 1.

    Where all scores are equal resampling shows no spread: Wilson's interval of their sum stands in.
    """
    import numpy as np

    values = np.asarray(scores, dtype=np.float64)
    rows = len(values)
    if rows == 0 or np.ptp(values) < _EQUAL:
        mean = float(values.mean()) if rows else 0.0
        around = wilson_interval(round(mean * rows), rows, level)
        return Interval(min(mean, around.low), max(mean, around.high))
    low, high = _resampled_means(values, (0.0, 1.0), np.random.default_rng(seed), resamples)
    tail = (1 - level) / 2
    return Interval(float(np.quantile(low, tail)), float(np.quantile(high, 1 - tail)))


def paired_bootstrap(a: Sequence[float], b: Sequence[float], seed: int, resamples: int = RESAMPLES) -> Difference:
    """Mean difference of paired scores, with a smoothed percentile bootstrap and a sign-flip test.

    Half a row more differs as much as the one that differs most, the other way for either end of the interval:
    where one row gained 0.8, another could have lost as much.
    With a few differences that are not zero the bootstrap still calls too much significant, so `p` is the
    larger of its own and that of the sign-flip permutation test, which is exact for arms that do not differ;
    so the interval can leave out 0 by a little while `p` is not under 0.05.

    Where all differences are equal resampling shows no spread, and `unseen_interval` stands in. It supposes
    nothing of the rows that were not seen, the sign-flip test that arms which do not differ swap at random:
    there the interval can hold 0 while `p` is under 0.05.
    """
    import numpy as np

    differences = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    rows, mean = len(differences), float(differences.mean())
    random = np.random.default_rng(seed)
    if np.ptp(differences) < _EQUAL:
        around = unseen_interval(mean, rows)
        p = sign_flip_p(differences, random, resamples) if abs(mean) >= _EQUAL else 1.0
        return Difference(mean, around.low, around.high, p)
    most = float(np.max(np.abs(differences)))
    lower, upper = _resampled_means(differences, (-most, most), random, resamples)
    low, high = float(np.quantile(lower, LEVEL / 2)), float(np.quantile(upper, 1 - LEVEL / 2))
    tail = min(int(np.sum(lower <= 0)), int(np.sum(upper >= 0)))
    p = max(2 * (tail + 1) / (resamples + 1), sign_flip_p(differences, random, resamples))
    return Difference(mean, low, high, min(1.0, p))


def unseen_interval(difference: float, rows: int) -> Interval:
    """95 % interval of a mean difference from -1 to 1, of which every row showed the same.

    Clopper and Pearson's exact bound (Biometrika 26 (1934) 404-413) for a share of which no row was seen is
    1 - 0.025^(1/n). So many of all rows may differ otherwise, at worst by -1 or by 1. Were the true mean
    outside, more would, and the chance of n equal rows would be under 0.025.
    """
    unseen = 1 - 0.025 ** (1 / rows)
    return Interval(difference - unseen * (1 + difference), difference + unseen * (1 - difference))


def sign_flip_p(differences: Floats, random: np.random.Generator, resamples: int) -> float:
    """Share of sign patterns whose sum is at least as far from 0; all patterns where they are few."""
    import numpy as np

    moved = differences[differences != 0]
    reached = abs(moved.sum()) - 1e-9
    if len(moved) <= _ALL_SIGNS:
        patterns = (np.arange(2 ** len(moved))[:, None] >> np.arange(len(moved))) & 1
        return float(np.mean(np.abs((2 * patterns - 1) @ moved) >= reached))
    hits = 0
    for count in _chunks(resamples, len(moved)):
        bits = np.unpackbits(
            random.integers(256, size=(count, (len(moved) + 7) // 8), dtype=np.uint8), axis=1, count=len(moved)
        )
        hits += int(np.sum(np.abs(2 * (bits.astype(np.float64) @ moved) - moved.sum()) >= reached))
    return (hits + 1) / (resamples + 1)
