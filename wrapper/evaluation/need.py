"""The need gate: does a cheaper rung suffice, or leave too few errors for any training to be shown better."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from wrapper.evaluation.compare import compare
from wrapper.evaluation.scores import ArmScores, Grade
from wrapper.evaluation.statistics import FEWEST_CLUSTERS, clustered, count_clusters, smallest_wins

_ROUNDING = 1e-9


class Need(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`reached_by` names the first arm, in the order given, whose mean reaches the target."""

    version: int = 1
    reached_by: str | None
    refuse: bool
    reason: str


def need(cheaper: Sequence[ArmScores], target: float, binary: bool) -> Need:
    """Is training worth its price after these rungs? Give the arms cheapest first."""
    measured = [(mean, arm) for arm in cheaper if (mean := arm.mean) is not None]
    if not measured:
        return _refused("no cheaper rung was measured: no training before a baseline")
    for mean, arm in measured:
        if mean >= target - _ROUNDING:
            rows = len(arm.graded)
            reason = f"`{arm.name}` scores {mean:.3g} on {rows} rows and reaches the target {target:g}"
            return _refused(reason, reached_by=arm.name)
    for _, arm in measured:
        if not _winnable(arm, binary):
            return _refused(_unwinnable(arm))
    mean, best = max(measured, key=lambda pair: pair[0])
    reason = (
        f"the best cheaper rung, `{best.name}`, scores {mean:.3g}, below the target {target:g}, "
        f"and leaves {_errors(best)} of {len(best.graded)} rows to win"
    )
    return Need(reached_by=None, refuse=False, reason=reason)


def _refused(reason: str, reached_by: str | None = None) -> Need:
    return Need(reached_by=reached_by, refuse=True, reason=reason)


def _unwinnable(arm: ArmScores) -> str:
    errors, rows = _errors(arm), len(arm.graded)
    groups = [row.group for row in arm.graded]
    wins, where = f"{smallest_wins()} wins or more", f"{rows} rows"
    advice = "measure on more test rows"
    if clustered(groups):
        count = count_clusters(groups)
        wins, where = f"wins in {smallest_wins()} groups or more", f"{rows} rows in {count} groups"
        advice = "measure on more groups of test rows"
        if count < FEWEST_CLUSTERS:
            return f"{where} cannot show any model to be better: it takes {FEWEST_CLUSTERS} groups or more; {advice}"
    return (
        f"`{arm.name}` falls short on only {errors} of {where}: even a model without one error could not be shown "
        f"to be better, which takes {wins}; {advice}"
    )


def _errors(arm: ArmScores) -> int:
    return sum(row.grade.score != 1 for row in arm.graded)


def _winnable(arm: ArmScores, binary: bool) -> bool:
    """Would a model without one error be shown to be better, by the very test that the verdict uses?"""
    perfect = replace(
        arm,
        arm="perfect",
        rows=tuple(replace(row, grade=Grade(score=1.0)) for row in arm.graded),
    )
    return compare(perfect, arm, binary=binary, seed=0).outcome == "better"
