"""A plan and its paths: what a backend renders."""

from __future__ import annotations

from pathlib import Path

from wrapper.backends.protocol import TrainingPlan
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
    return TrainingPlan(
        model_path=model_path.absolute(),
        method=plan.method,
        accelerator=plan.accelerator,
        precision=plan.precision,
        attention=plan.attention,
        sequence_tokens=plan.sequence_tokens,
        micro_batch_size=plan.micro_batch_size,
        gradient_accumulation_steps=plan.gradient_accumulation_steps,
        steps=plan.steps,
        learning_rate=plan.learning_rate,
        lr_scheduler=plan.lr_scheduler,
        warmup_steps=plan.warmup_steps,
        weight_decay=plan.weight_decay,
        optimizer=plan.optimizer,
        lora_r=plan.lora_r,
        lora_alpha=plan.lora_alpha,
        lora_dropout=plan.lora_dropout,
        lora_variant=plan.lora_variant,
        objective=plan.objective,
        kernels=plan.kernels,
        parallel=plan.parallel,
        gradient_checkpointing=plan.gradient_checkpointing,
        sample_packing=plan.sample_packing,
        end_of_turn=end_of_turn,
        eval_steps=plan.eval_steps if validation_file is not None else None,
        save_steps=plan.save_steps,
        early_stopping_patience=plan.early_stopping_patience if validation_file is not None else None,
        seed=plan.seed,
        train_file=train_file.absolute(),
        validation_file=validation_file.absolute() if validation_file is not None else None,
        prepared_dir=work / "prepared",
        output_dir=work / "adapter",
        resume_from=None,
        events_file=work / "events.jsonl",
        stop_file=work / "stop",
        max_seconds=max_seconds,
        threads=plan.threads,
    )
