"""One arm held against another, row by row, on the rows that both could grade."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from wrapper.errors import BadInput
from wrapper.evaluation.scores import ArmScores
from wrapper.evaluation.statistics import (
    LEVEL,
    mcnemar_exact,
    paired_bootstrap,
    paired_difference_interval,
    rows_to_decide,
    rows_to_decide_graded,
)

Outcome = Literal["better", "worse", "undecided"]


class Comparison(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tuned arm against one cheaper arm. `difference` is tuned minus cheaper, with its 95 % interval.

    `wins` are rows where the tuned arm scores higher, `losses` rows where it scores lower. `p` is
    two-sided; `p_holm` is corrected for the number of cheaper arms and decides `worse`. `rows_needed` is
    how many more rows would decide it at the rates so far: None if none would, or if it is decided.
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


def paired_scores(tuned: ArmScores, cheaper: ArmScores) -> tuple[list[float], list[float]]:
    """Scores of the rows that both could grade, each row once; raises BadInput where there is none."""
    ours_by_row = {row.row_id: row.grade.score for row in tuned.graded}
    theirs_by_row = {row.row_id: row.grade.score for row in cheaper.graded}
    shared = [row_id for row_id in ours_by_row if row_id in theirs_by_row]
    ours = [score for row_id in shared if (score := ours_by_row[row_id]) is not None]
    theirs = [score for row_id in shared if (score := theirs_by_row[row_id]) is not None]
    if not shared:
        raise BadInput(
            f"`{tuned.name}` and `{cheaper.name}` have no graded row in common",
            hint="measure both on the same test rows, and check that the gold answers can be graded",
        )
    return ours, theirs


def compare(tuned: ArmScores, cheaper: ArmScores, *, binary: bool, seed: int) -> Comparison:
    """Uncorrected: exact McNemar and Tango's interval where binary, else the paired bootstrap."""
    ours, theirs = paired_scores(tuned, cheaper)
    rows = len(ours)
    wins = sum(a > b for a, b in zip(ours, theirs, strict=True))
    losses = sum(a < b for a, b in zip(ours, theirs, strict=True))
    mean, other_mean = sum(ours) / rows, sum(theirs) / rows
    if binary:
        p = mcnemar_exact(wins, losses)
        both = sum(a == b == 1 for a, b in zip(ours, theirs, strict=True))
        low, high = paired_difference_interval(both, wins, losses, rows - both - wins - losses)
        difference = (wins - losses) / rows
    else:
        difference, low, high, p = paired_bootstrap(ours, theirs, seed)
    outcome: Outcome = "undecided"
    if p < LEVEL:
        outcome = "better" if difference > 0 else "worse"
    return Comparison(
        arm=cheaper.name,
        rows=rows,
        wins=wins,
        losses=losses,
        tuned_mean=mean,
        cheaper_mean=other_mean,
        difference=difference,
        low=low,
        high=high,
        p=p,
        p_holm=p,
        outcome=outcome,
        rows_needed=_rows_needed(ours, theirs, wins, losses, binary) if outcome == "undecided" else None,
    )


def _rows_needed(ours: list[float], theirs: list[float], wins: int, losses: int, binary: bool) -> int | None:
    if binary:
        return rows_to_decide(wins, losses, len(ours))
    return rows_to_decide_graded([a - b for a, b in zip(ours, theirs, strict=True)])


def holm(p_values: Sequence[float]) -> list[float]:
    """P values corrected by Holm's step-down method, in the order given."""
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, p_values[index] * (len(p_values) - rank)))
        corrected[index] = highest
    return corrected
