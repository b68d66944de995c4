"""Rows that come in groups, such as the turns of one conversation: the spread is that of groups, not of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

from wrapper.evaluation.statistics.intervals import LEVEL, Interval, paired_difference_interval, wilson_interval
from wrapper.evaluation.statistics.resampling import RESAMPLES, Difference, sign_flip_p, unseen_interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEWEST_CLUSTERS = 10  # with fewer, nothing here is shown to keep its level: tests/evaluation/statistics/
_EQUAL = 1e-9


class Spread(NamedTuple):
    """Of a mean over rows in clusters: its standard error, the degrees of freedom of that, and the design effect.

    `design_effect` is how many clustered rows are worth one row that stands alone: at least 1. `error` is
    infinite with one cluster.
    """

    mean: float
    error: float
    freedom: float
    design_effect: float


def cluster_numbers(groups: Sequence[str]) -> NDArray[np.intp]:
    """The cluster of each row, counted from 0: rows of a group share one, a row without a group has its own."""
    import numpy as np

    known: dict[str | int, int] = {}
    return np.array([known.setdefault(group or row, len(known)) for row, group in enumerate(groups)], dtype=np.intp)


def clustered(groups: Sequence[str]) -> bool:
    """Does some group have more than one row?"""
    named = [group for group in groups if group]
    return len(set(named)) < len(named)


def cluster_sizes(groups: Sequence[str]) -> list[int]:
    """Rows of each cluster, in the order in which the clusters come."""
    return list(Counter(group or row for row, group in enumerate(groups)).values())


def count_clusters(groups: Sequence[str]) -> int:
    return len(cluster_sizes(groups))


def spread(values: Sequence[float], groups: Sequence[str]) -> Spread:
    """The cluster-robust standard error CR2 of a mean, with its Satterthwaite degrees of freedom.

    Bell and McCaffrey, Survey Methodology 28 (2002) 169-181, for a regression on the intercept alone: the sums of
    residuals by cluster, each over sqrt(1 - its share of the rows).
    """
    import numpy as np

    numbers = cluster_numbers(groups)
    scores = np.asarray(values, dtype=np.float64)
    rows, mean = len(scores), float(scores.mean())
    sizes = np.bincount(numbers).astype(np.float64)
    shares = sizes / rows
    if len(sizes) < 2:
        return Spread(mean, float("inf"), 1.0, float(rows))
    residuals = np.bincount(numbers, weights=scores - mean)
    variance = float(np.sum(residuals**2 / (1 - shares))) / rows**2
    alone = float(scores.var()) / (rows - 1)
    alike = float(np.sum(sizes**2)) / rows  # the design effect of rows that are all alike
    effect = max(1.0, variance / alone) if alone > _EQUAL**2 else alike
    return Spread(mean, sqrt(variance), _freedom(shares), effect)


def _freedom(shares: NDArray[np.float64]) -> float:
    """2 E(v)^2 / Var(v) of the variance estimate v, by the working model of independent rows.

    The working model of rows that are all alike in their cluster gave needlessly wide intervals in simulation.
    """
    import numpy as np

    weight, varies = 1 / (1 - shares), shares
    total = float(varies.sum())
    across = total * shares**2 - 2 * shares * varies  # diagonal of the covariance of residuals, less `varies`
    expected = float(np.sum(weight * (varies + across)))
    ww, wv, vv = (float(np.sum(weight * one)) for one in (shares**2, shares * varies, varies**2))
    squares = 2 * ww * vv + 2 * wv**2 + total**2 * ww**2 - 4 * total * ww * wv
    squares += float(np.sum(weight**2 * (2 * varies * across + varies**2)))
    return max(1.0, expected**2 / squares)


def clustered_difference(
    differences: Sequence[float], groups: Sequence[str], *, binary: bool, seed: int, resamples: int = RESAMPLES
) -> Difference:
    """Mean of paired differences whose rows come in clusters, its 95 % interval and the p of no difference.

    Graded: Student's t with `spread`, which covered better in simulation than the bootstrap over clusters where
    few clusters differ. Binary: Tango's interval of the rows that would show as much alone, so that it keeps a
    width where no row or few rows differ. `p` is the larger of that of t and of a sign-flip test over the sums of
    clusters, which is exact for arms that do not differ however alike the rows of a cluster are.
    """
    import numpy as np
    from scipy.stats import t

    found = spread(differences, groups)
    values = np.asarray(differences, dtype=np.float64)
    if found.error == float("inf"):
        return Difference(found.mean, -1.0, 1.0, 1.0)
    sums = np.bincount(cluster_numbers(groups), weights=values)
    p = sign_flip_p(sums.astype(np.float64), np.random.default_rng(seed), resamples)
    if found.error > _EQUAL:
        p = max(p, 2 * float(t.sf(abs(found.mean) / found.error, found.freedom)))
    if binary:
        wins, losses = int(np.sum(values > 0)), int(np.sum(values < 0))
        effect = found.design_effect
        around = paired_difference_interval(
            0, wins / effect, losses / effect, (len(values) - wins - losses) / effect, freedom=found.freedom
        )
    elif found.error > _EQUAL:
        half = float(t.isf(LEVEL / 2, found.freedom)) * found.error
        around = Interval(max(-1.0, found.mean - half), min(1.0, found.mean + half))
    else:
        around = unseen_interval(found.mean, len(sums))
    return Difference(found.mean, around.low, around.high, min(1.0, p))


def clustered_mean_interval(scores: Sequence[float], groups: Sequence[str]) -> Interval:
    """95 % interval of a mean of scores from 0 to 1: Wilson's, of as many binary rows as would spread so much."""
    found = spread(scores, groups)
    if found.error == float("inf"):
        return Interval(0.0, 1.0)
    worth = len(scores) / found.design_effect
    if found.error > _EQUAL:
        worth = min(float(len(scores)), found.mean * (1 - found.mean) / found.error**2)
    return wilson_interval(found.mean * worth, worth, freedom=found.freedom)
