"""One arm held against another, row by row, on the rows that both could grade."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Literal, NamedTuple

from msgspec import Struct

from wrapper.errors import BadInput
from wrapper.evaluation.scores import ArmScores
from wrapper.evaluation.statistics import (
    FEWEST_CLUSTERS,
    LEVEL,
    RESAMPLES,
    clustered,
    count_clusters,
    counts,
    paired_difference,
    rows_to_decide,
    rows_to_decide_graded,
    spread,
)

Outcome = Literal["better", "worse", "undecided"]


class Comparison(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tuned arm against one cheaper arm. `difference` is tuned minus cheaper, with its 95 % interval.

    `wins` are rows where the tuned arm scores higher, `losses` rows where it scores lower. `p` is
    two-sided; `p_holm` is corrected for the number of cheaper arms and decides `worse`. `rows_needed` is
    how many more rows would decide it at the rates so far: None if none would, or if it is decided.
    `clusters` is the number of groups of rows, those without a group each their own; None where no rows share one.
    Fewer than 10 decide nothing.
    """

    arm: str
    rows: int
    wins: int
    losses: int
    tuned_mean: float
    cheaper_mean: float
    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    outcome: Outcome
    rows_needed: int | None = None
    clusters: int | None = None


class Paired(NamedTuple):
    """Scores of the same rows, and the group of each row, empty for one that has none."""

    ours: list[float]
    theirs: list[float]
    groups: list[str]

    @property
    def differences(self) -> list[float]:
        return [a - b for a, b in zip(self.ours, self.theirs, strict=True)]


def paired_scores(tuned: ArmScores, cheaper: ArmScores) -> Paired:
    """The rows that both could grade, each row once; raises BadInput where there is none."""
    ours_by_row = {row.row_id: row for row in tuned.graded}
    theirs_by_row = {row.row_id: row for row in cheaper.graded}
    paired = Paired([], [], [])
    for row_id, row in ours_by_row.items():
        other = theirs_by_row.get(row_id)
        if other is None or row.grade.score is None or other.grade.score is None:
            continue
        paired.ours.append(row.grade.score)
        paired.theirs.append(other.grade.score)
        paired.groups.append(row.group or other.group)
    if not paired.ours:
        raise BadInput(
            f"`{tuned.name}` and `{cheaper.name}` have no graded row in common",
            hint="measure both on the same test rows, and check that the gold answers can be graded",
        )
    return paired


def compare(
    tuned: ArmScores, cheaper: ArmScores, *, binary: bool, seed: int, resamples: int = RESAMPLES
) -> Comparison:
    """Uncorrected, by `paired_difference` on the rows that both could grade."""
    paired = paired_scores(tuned, cheaper)
    rows, wins, losses = counts(paired.ours, paired.theirs)
    clusters = count_clusters(paired.groups) if clustered(paired.groups) else None
    found = paired_difference(
        paired.ours, paired.theirs, paired.groups, binary=binary, seed=seed, resamples=resamples
    )
    outcome: Outcome = "undecided"
    if found.p < LEVEL and (clusters is None or clusters >= FEWEST_CLUSTERS):
        outcome = "better" if found.mean > 0 else "worse"
    return Comparison(
        arm=cheaper.name,
        rows=rows,
        wins=wins,
        losses=losses,
        tuned_mean=sum(paired.ours) / rows,
        cheaper_mean=sum(paired.theirs) / rows,
        difference=found.mean,
        low=found.low,
        high=found.high,
        p=found.p,
        p_holm=found.p,
        outcome=outcome,
        rows_needed=_rows_needed(paired, wins, losses, binary, clusters) if outcome == "undecided" else None,
        clusters=clusters,
    )


def _rows_needed(paired: Paired, wins: int, losses: int, binary: bool, clusters: int | None) -> int | None:
    rows = len(paired.ours)
    more = rows_to_decide(wins, losses, rows) if binary else rows_to_decide_graded(paired.differences)
    if more is None or clusters is None:
        return more
    effect = spread(paired.differences, paired.groups).design_effect
    missing_groups = max(0, FEWEST_CLUSTERS - clusters)
    return max(1, ceil((rows + more) * effect) - rows, ceil(missing_groups * rows / clusters))


def holm(p_values: Sequence[float]) -> list[float]:
    """P values corrected by Holm's step-down method, in the order given."""
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, p_values[index] * (len(p_values) - rank)))
        corrected[index] = highest
    return corrected
