"""What speaks against a plan: the fit gate refuses on any of these, unless it is overridden."""

from __future__ import annotations

from collections.abc import Iterator

from wrapper.plan.batch import Batch
from wrapper.plan.lengths import Lengths
from wrapper.plan.machine import Machine
from wrapper.plan.plan import Estimate
from wrapper.spec.fields import Spec, Training

REMEDY = "`thriftune plan` shows every number of the plan, and `training.overrides` fixes one"
_FLASH_CAPABILITY = 8.0
_LONG_SECONDS = 2 * 3600.0


def objections_of(
    *,
    batch: Batch,
    lengths: Lengths,
    estimate: Estimate,
    machine: Machine,
    seconds_left: float | None,
    usd_per_hour: float,
    spec: Spec,
    max_positions: int,
    share_left: float,
    steps: int,
) -> tuple[str, ...]:
    """One sentence each; empty where the plan fits. `share_left` of the training is still to be done."""
    found = (
        _memory(batch, machine),
        _spend(estimate, seconds_left, usd_per_hour if spec.budget.max_usd is not None else 0.0, share_left),
        _dropped(lengths.train_over, "training", lengths, max_positions),
        _dropped(lengths.validation_over, "validation", lengths, max_positions),
        *_unable(spec.training, machine),
        _warm_up(spec.training.overrides.warmup_steps, steps),
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
        if training.method == "lora_8bit" and training.backend == "unsloth":
            yield "Unsloth does not load 8-bit weights on a CPU, and would take 16 bits in silence"
    elif "flash_attention_2" in training.kernels and (machine.compute_capability or 0.0) < _FLASH_CAPABILITY:
        yield f"flash attention needs compute capability {_FLASH_CAPABILITY}, and {machine.name} has less"


def _memory(batch: Batch, machine: Machine) -> str:
    if batch.fits:
        return ""
    return (
        f"training would take about {batch.memory_gib:.1f} GiB, and {machine.name} has "
        f"{machine.memory_gib:.1f}: take a smaller model, shorter rows, or a larger GPU"
    )


def _spend(estimate: Estimate, seconds_left: float | None, usd_per_hour: float, share_left: float) -> str:
    takes = estimate.seconds.likely * share_left
    if seconds_left is None or takes <= seconds_left:
        return ""
    hourly = usd_per_hour / 3600
    dollars = f" (${takes * hourly:.4f} of ${seconds_left * hourly:.4f})" if usd_per_hour else ""
    return (
        f"training would take about {_duration(takes)}, and the budget leaves {_duration(seconds_left)}{dollars}: "
        "raise the cap, use fewer rows, or set `training.overrides.max_steps`"
    )


def _warm_up(asked: int | None, steps: int) -> str:
    if asked is None or asked < steps:
        return ""
    return (
        f"a warm-up of {asked} steps does not end within {steps} steps: "
        "lower `training.overrides.warmup_steps`, a tenth of all steps is usual"
    )


def _duration(seconds: float) -> str:
    return f"{seconds / 3600:.1f} hours" if seconds >= _LONG_SECONDS else f"{seconds / 60:.1f} minutes"


def _dropped(rows: int, split: str, lengths: Lengths, max_positions: int) -> str:
    if not rows:
        return ""
    count = f"1 {split} row is" if rows == 1 else f"{rows} {split} rows are"
    remedy = "shorten the rows, or raise `training.overrides.sequence_len`"
    if lengths.sequence_tokens >= max_positions:
        remedy = "shorten the rows, or take a model with a longer context"
    return f"{count} longer than {lengths.sequence_tokens} tokens and would be left out: {remedy}"
