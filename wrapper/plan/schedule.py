"""How long to train: rows a step, epochs, steps, and when to evaluate and save."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

from wrapper.spec.fields import Overrides

SMALL_DATA_ROWS = 2_000
SMALL_BATCH, LARGE_BATCH = 8, 16
_MIN_STEPS = 64
_MAX_EPOCHS = 3
_EVALUATIONS = 2
_SAVES = 8
_WARMUP_SHARE = 0.05


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Steps are the optimiser's; `eval_steps` is None where nothing is evaluated in training."""

    epochs: float
    steps: int
    warmup_steps: int
    eval_steps: int | None
    save_steps: int
    reasons: dict[str, str] = field(default_factory=dict)


def effective_batch(rows: int) -> int:
    return SMALL_BATCH if rows < SMALL_DATA_ROWS else LARGE_BATCH


def schedule(
    rows: int, micro_batch: int, accumulation: int, overrides: Overrides, *, validates: bool
) -> Schedule:
    """One epoch where it gives 64 steps, else as many whole epochs as do, at most 3."""
    steps_an_epoch = ceil(ceil(rows / micro_batch) / accumulation)
    epochs, steps, reasons = _extent(steps_an_epoch, overrides)
    warmup = overrides.warmup_steps
    reasons["warmup_steps"] = "5 % of the steps" if warmup is None else "set by you"
    reasons["eval_steps"] = (
        "half of the steps: one evaluation in the middle, one at the end"
        if validates
        else "no validation rows"
    )
    reasons["save_steps"] = "an eighth of the steps is the most that an interruption can cost"
    return Schedule(
        epochs=epochs,
        steps=steps,
        warmup_steps=max(1, round(steps * _WARMUP_SHARE)) if warmup is None else warmup,
        eval_steps=max(1, steps // _EVALUATIONS) if validates else None,
        save_steps=max(1, steps // _SAVES),
        reasons=reasons,
    )


def _extent(steps_an_epoch: int, overrides: Overrides) -> tuple[float, int, dict[str, str]]:
    if overrides.max_steps is not None:
        epochs = overrides.max_steps / steps_an_epoch
        return epochs, overrides.max_steps, {"steps": "set by you", "epochs": "what the steps make"}
    if overrides.epochs is not None:
        steps = max(1, ceil(overrides.epochs * steps_an_epoch))
        return overrides.epochs, steps, {"steps": "what the epochs make", "epochs": "set by you"}
    whole = min(_MAX_EPOCHS, ceil(_MIN_STEPS / steps_an_epoch))
    steps = whole * steps_an_epoch
    if whole == 1:
        why = f"one pass gives {steps} steps, at least {_MIN_STEPS}"
    elif steps >= _MIN_STEPS:
        why = f"so many passes give at least {_MIN_STEPS} steps"
    else:
        why = f"at most {_MAX_EPOCHS} passes: more would learn the rows by heart"
    return float(whole), steps, {"epochs": why, "steps": f"{steps_an_epoch} steps an epoch"}
