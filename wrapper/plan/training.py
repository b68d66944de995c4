"""A plan and its paths: what a backend renders."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

from wrapper.backends.protocol import TrainingNumbers, TrainingPlan
from wrapper.plan.plan import Plan


def training_plan(
    plan: Plan,
    *,
    model_path: Path,
    train_file: Path,
    validation_file: Path | None,
    work_dir: Path,
    end_of_turn: str,
    max_seconds: float | None,
) -> TrainingPlan:
    """Without a validation file nothing is evaluated in training, whatever the plan says."""
    work = work_dir.absolute()
    placed = TrainingPlan(
        **{field.name: getattr(plan, field.name) for field in fields(TrainingNumbers)},
        model_path=model_path.absolute(),
        end_of_turn=end_of_turn,
        train_file=train_file.absolute(),
        validation_file=validation_file.absolute() if validation_file is not None else None,
        prepared_dir=work / "prepared",
        output_dir=work / "adapter",
        resume_from=None,
        events_file=work / "events.jsonl",
        stop_file=work / "stop",
        max_seconds=max_seconds,
    )
    return placed if validation_file is not None else replace(placed, eval_steps=None, early_stopping_patience=None)
