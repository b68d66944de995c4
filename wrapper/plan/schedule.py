"""How long to train: rows a step, epochs, steps, and when to evaluate and save."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

from wrapper.spec.fields import Overrides

SMALL_DATA_ROWS = 2_000
SMALL_BATCH, LARGE_BATCH = 8, 16
_MIN_STEPS = 64
_MAX_EPOCHS = 3
_EVALUATIONS = 4
_PATIENCE = 2
_WARMUP_SHARE = 0.05
_LEAST_WARMUP = 2  # Axolotl makes a warm-up of one step one of two


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Steps are the optimiser's; `eval_steps` is None where nothing is evaluated in training.

    `save_steps` equals `eval_steps` where there are any, so that the best evaluation has a checkpoint.
    """

    epochs: float
    steps: int
    warmup_steps: int
    eval_steps: int | None
    save_steps: int
    early_stopping_patience: int | None
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
    quarter = max(1, steps // _EVALUATIONS)
    reasons["eval_steps"] = f"{_EVALUATIONS} evaluations; the best one is kept" if validates else "no validation rows"
    reasons["save_steps"] = "a quarter of the steps is the most that a crash can cost; a stop saves first"
    reasons["early_stopping_patience"] = (
        "evaluations without a better loss end it: the rest would be learnt by heart"
        if validates
        else "no validation rows"
    )
    return Schedule(
        epochs=epochs,
        steps=steps,
        warmup_steps=min(steps, max(_LEAST_WARMUP, round(steps * _WARMUP_SHARE))) if warmup is None else warmup,
        eval_steps=quarter if validates else None,
        save_steps=quarter,
        early_stopping_patience=_PATIENCE if validates else None,
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
