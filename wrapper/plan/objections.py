"""What speaks against a plan: the fit gate refuses on any of these, unless it is overridden."""

from __future__ import annotations

from wrapper.plan.batch import Batch
from wrapper.plan.lengths import Lengths
from wrapper.plan.machine import Machine
from wrapper.plan.plan import Estimate


def objections_of(
    *,
    batch: Batch,
    lengths: Lengths,
    estimate: Estimate,
    machine: Machine,
    seconds_left: float | None,
    usd_per_hour: float,
) -> tuple[str, ...]:
    """One sentence each; empty where the plan fits."""
    found = (
        _memory(batch, machine),
        _spend(estimate, seconds_left, usd_per_hour),
        _dropped(lengths.train_over, "training", lengths.sequence_tokens),
        _dropped(lengths.validation_over, "validation", lengths.sequence_tokens),
    )
    return tuple(objection for objection in found if objection)


def _memory(batch: Batch, machine: Machine) -> str:
    if batch.fits:
        return ""
    return (
        f"training would take about {batch.memory_gib:.1f} GiB, and {machine.name} has "
        f"{machine.memory_gib:.1f}: take a smaller model, shorter rows, or a larger GPU"
    )


def _spend(estimate: Estimate, seconds_left: float | None, usd_per_hour: float) -> str:
    if seconds_left is None or estimate.seconds.likely <= seconds_left:
        return ""
    takes, left = estimate.seconds.likely / 3600, seconds_left / 3600
    dollars = f" (${estimate.usd.likely:.2f} of ${left * usd_per_hour:.2f})" if usd_per_hour else ""
    return (
        f"training would take about {takes:.2f} hours, and the budget leaves {left:.2f}{dollars}: "
        "raise the cap, use fewer rows, or set `training.overrides.max_steps`"
    )


def _dropped(rows: int, split: str, cap: int) -> str:
    if not rows:
        return ""
    count = f"1 {split} row is" if rows == 1 else f"{rows} {split} rows are"
    return (
        f"{count} longer than {cap} tokens and would be left out: shorten the rows, "
        "or raise `training.overrides.sequence_len` (up to the model's context)"
    )
