"""Scores of the same rows held against each other, by the method that fits them."""

from __future__ import annotations

from collections.abc import Sequence

from wrapper.evaluation.statistics.clusters import clustered, clustered_difference
from wrapper.evaluation.statistics.intervals import mcnemar_exact, paired_difference_interval
from wrapper.evaluation.statistics.resampling import RESAMPLES, Difference, paired_bootstrap


def paired_difference(
    a: Sequence[float],
    b: Sequence[float],
    groups: Sequence[str],
    *,
    binary: bool,
    seed: int,
    resamples: int = RESAMPLES,
) -> Difference:
    """Mean of a minus mean of b, its 95 % interval, and the p of no difference, uncorrected.

    `groups` names the group of each row, or is empty. Where rows share a group: `clustered_difference`; else exact
    McNemar and Tango's interval where binary, and the paired bootstrap where graded.
    """
    if clustered(groups):
        differences = [one - other for one, other in zip(a, b, strict=True)]
        return clustered_difference(differences, groups, binary=binary, seed=seed, resamples=resamples)
    if not binary:
        return paired_bootstrap(a, b, seed, resamples)
    rows, wins, losses = counts(a, b)
    low, high = paired_difference_interval(0, wins, losses, rows - wins - losses)
    return Difference((wins - losses) / rows, low, high, mcnemar_exact(wins, losses))


def counts(a: Sequence[float], b: Sequence[float]) -> tuple[int, int, int]:
    """Rows, those where a is higher, and those where b is."""
    pairs = list(zip(a, b, strict=True))
    return len(pairs), sum(one > other for one, other in pairs), sum(one < other for one, other in pairs)
