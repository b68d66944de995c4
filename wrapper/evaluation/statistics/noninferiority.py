"""Has tuning kept what the base model could do: is it worse by less than a margin, on the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log, sqrt
from statistics import NormalDist
from typing import Literal, NamedTuple

from wrapper.evaluation.statistics.clusters import (
    FEWEST_CLUSTERS,
    clustered,
    count_clusters,
    spread,
)
from wrapper.evaluation.statistics.intervals import LEVEL, tango_statistic, tango_variance
from wrapper.evaluation.statistics.paired import counts, paired_difference
from wrapper.evaluation.statistics.power import normal_factors

_EQUAL = 1e-9

Retention = Literal["kept", "lost", "undecided"]


class NonInferiority(NamedTuple):
    """`difference` is tuned minus base, `low` and `high` its 95 % interval; `p` is one-sided, of a loss of `margin`.

    `kept`: a loss of the margin or more is excluded, at a level of 2.5 % (the lower end lies above it).
    `lost`: a loss is shown, at a level of 2.5 %, and may be as large as the margin. A loss that is shown and
    is shown to be smaller than the margin is `kept`: that is what a margin is for.
    `rows_needed`: how many more rows would show `kept` with a chance of 80 % at the rates so far; None if none
    would, or if it is decided.
    """

    difference: float
    low: float
    high: float
    p: float
    margin: float
    outcome: Retention
    rows: int
    rows_needed: int | None


def noninferiority(
    base: Sequence[float],
    tuned: Sequence[float],
    margin: float,
    *,
    binary: bool,
    groups: Sequence[str] = (),
    seed: int = 0,
) -> NonInferiority:
    """Paired scores from 0 to 1 of the same rows; `groups` names the group of each row, or is empty.

    Binary: Tango's score test of a difference of -margin (Tango 1998). Graded: Student's t of the same, and the
    interval of `paired_bootstrap`, which both must agree on `kept`. Fewer than 10 groups decide nothing.
    """
    if not base or len(base) != len(tuned):
        raise ValueError("base and tuned scores are of the same rows, at least one")
    if not 0 < margin < 1:
        raise ValueError("the margin lies between 0 and 1")
    differences = [after - before for before, after in zip(base, tuned, strict=True)]
    grouped = clustered(groups)
    found = paired_difference(tuned, base, groups, binary=binary, seed=seed)
    p = _p(differences, groups if grouped else (), margin, binary)
    outcome: Retention = "undecided"
    enough = not grouped or count_clusters(groups) >= FEWEST_CLUSTERS
    if enough and p < LEVEL / 2 and found.low > -margin:
        outcome = "kept"
    elif enough and found.p < LEVEL and found.high < 0:
        outcome = "lost"
    return NonInferiority(
        difference=found.mean,
        low=found.low,
        high=found.high,
        p=p,
        margin=margin,
        outcome=outcome,
        rows=len(differences),
        rows_needed=_rows_needed(differences, groups if grouped else (), margin, binary)
        if outcome == "undecided"
        else None,
    )


def _counts(differences: Sequence[float]) -> tuple[int, int, int]:
    return counts(differences, [0.0] * len(differences))


def _p(differences: Sequence[float], groups: Sequence[str], margin: float, binary: bool) -> float:
    """One-sided p of a true difference of -margin."""
    from scipy.stats import t

    rows, wins, losses = _counts(differences)
    found = spread(differences, groups or [""] * rows)
    if binary:
        effect = found.design_effect if groups else 1.0
        statistic = tango_statistic(-margin, wins / effect, losses / effect, rows / effect)
        return float(t.sf(statistic, found.freedom)) if groups else 1 - NormalDist().cdf(statistic)
    if found.error > _EQUAL:
        return float(t.sf((found.mean + margin) / found.error, found.freedom))
    return (1 - _unseen(found.mean, margin)) ** count_clusters(groups or [""] * rows) if found.mean > -margin else 1.0


def _unseen(difference: float, margin: float) -> float:
    """The share of rows not seen, at -1, that would bring an otherwise equal difference down to -margin."""
    return (difference + margin) / (1 + difference)


def _rows_needed(differences: Sequence[float], groups: Sequence[str], margin: float, binary: bool) -> int | None:
    rows, wins, losses = _counts(differences)
    found = spread(differences, groups or [""] * rows)
    gap = found.mean + margin
    if gap <= _EQUAL:
        return None
    level, power = normal_factors()
    seen = sqrt(sum((one - found.mean) ** 2 for one in differences) / max(1, rows - 1))
    if binary:
        total = ((level * sqrt(tango_variance(-margin, wins, losses, rows)) + power * seen) / gap) ** 2
    elif seen > _EQUAL:
        total = ((level + power) * seen / gap) ** 2
    else:
        total = log(LEVEL / 2) / log(1 - _unseen(found.mean, margin))
    return max(1, ceil(total * found.design_effect) - rows)
