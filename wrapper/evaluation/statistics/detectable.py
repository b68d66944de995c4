"""What a test set can show, said before a run in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

from wrapper.evaluation.statistics.clusters import FEWEST_CLUSTERS
from wrapper.evaluation.statistics.power import (
    POWER,
    design_effect,
    minimum_detectable_difference,
    minimum_detectable_graded,
)

LOSS_SHARE = 0.05  # assumed before a run: the tuned model fails on so many of the rows
DEVIATION = 0.3  # assumed before a run: of the difference of a row's two graded scores, from 0 to 1
CORRELATION = 0.2  # assumed before a run: of the differences of two rows of a group


def detectable_text(
    rows: int,
    binary: bool,
    *,
    loss_share: float = LOSS_SHARE,
    deviation: float = DEVIATION,
    group_sizes: Sequence[int] = (),
    correlation: float = CORRELATION,
) -> str:
    """Such as `80 test rows can show differences of 17 points or more`, with what that supposes.

    `group_sizes`: rows of each group, those without one as groups of 1; empty where no rows share a group.
    """
    grouped = any(size > 1 for size in group_sizes)
    subject = f"{rows} test rows in {len(group_sizes)} groups" if grouped else f"{rows} test rows"
    if grouped and len(group_sizes) < FEWEST_CLUSTERS:
        return f"{subject} cannot show a difference: it takes {FEWEST_CLUSTERS} groups or more"
    worth = floor(rows / design_effect(group_sizes, correlation)) if grouped else rows
    if binary:
        found = minimum_detectable_difference(worth, loss_share)
        supposed = f"if the tuned model loses on {loss_share:.0%} of the rows that the other gets right"
    else:
        found = minimum_detectable_graded(worth, deviation)
        supposed = f"if the two scores of a row differ by {deviation:g} (standard deviation)"
    chances = [f"chance {POWER:.0%}", supposed]
    if grouped:
        chances.append(f"and rows of a group are alike, correlation {correlation:g}")
    said = f" ({', '.join(chances)})".replace("%", " %")
    if found is None:
        return f"{subject} are too few to show any difference{said}"
    points = ceil(100 * found - 1e-9)
    return f"{subject} can show differences of {points} point{'' if points == 1 else 's'} or more{said}"
