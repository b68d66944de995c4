"""What speaks against a plan: the fit gate refuses on any of these, unless it is overridden."""

from __future__ import annotations

from collections.abc import Iterator

from wrapper.plan.batch import Batch
from wrapper.plan.lengths import Lengths
from wrapper.plan.machine import Machine
from wrapper.plan.plan import Estimate
from wrapper.spec.fields import Spec, Training

_FLASH_CAPABILITY = 8.0


def objections_of(
    *,
    batch: Batch,
    lengths: Lengths,
    estimate: Estimate,
    machine: Machine,
    seconds_left: float | None,
    usd_per_hour: float,
    spec: Spec,
) -> tuple[str, ...]:
    """One sentence each; empty where the plan fits."""
    found = (
        _memory(batch, machine),
        _spend(estimate, seconds_left, usd_per_hour),
        _dropped(lengths.train_over, "training", lengths.sequence_tokens),
        _dropped(lengths.validation_over, "validation", lengths.sequence_tokens),
        *_unable(spec.training, machine),
    )
    return tuple(objection for objection in found if objection)


def _unable(training: Training, machine: Machine) -> Iterator[str]:
    """What is asked for and this device cannot do."""
    if machine.accelerator == "cpu":
        asked = [
            *(f"the kernel `{kernel}`" for kernel in training.kernels),
            *(["sample packing"] if training.overrides.sample_packing else []),
            *(["`parallel`"] if training.parallel.world_size > 1 else []),
        ]
        for words in asked:
            yield f"{words} needs a GPU, and the plan is for a CPU"
    elif "flash_attention_2" in training.kernels and (machine.compute_capability or 0.0) < _FLASH_CAPABILITY:
        yield f"flash attention needs compute capability {_FLASH_CAPABILITY}, and {machine.name} has less"


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
