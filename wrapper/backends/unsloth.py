"""Unsloth: the plan as a script on its library, and the YAML of its own command as an export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from wrapper.backends.protocol import LINEAR_LAYERS, Export, RenderedConfig, TrainingPlan, hold_against_plan
from wrapper.backends.training_script import render_script, script_environment, script_faults
from wrapper.errors import Fault
from wrapper.render import yaml_template
from wrapper.resources import worker_dir

NAME = "unsloth"
_LEFT_OUT = (
    "rows to validate on: nothing is evaluated, no best checkpoint is kept, and training does not stop early",
    "the learning-rate schedule, the optimiser and the precision: Unsloth's own are taken",
    "attention and the number of threads",
    "a budget: nothing stops the training at a cap of dollars or hours",
)


def render(plan: TrainingPlan) -> RenderedConfig:
    expected = {
        "load_in_4bit": plan.method == "qlora",
        "load_in_8bit": True if plan.method == "lora_8bit" else None,
        "full_finetuning": plan.method == "full",
        "max_seq_length": plan.sequence_tokens,
        "target_modules": list(_targets(plan)) if plan.method != "full" else None,
    }
    return render_script("unsloth/train.py.j2", plan, expected, targets=_targets(plan))


def _targets(plan: TrainingPlan) -> tuple[str, ...]:
    """The usual seven, or the fewer of them that a preset names: else an adapter would sit on a mixture's experts.

    Other names do not count: Unsloth's copies of fused models are split into the seven, and it leaves towers alone.
    """
    named = plan.lora_targets if isinstance(plan.lora_targets, tuple) else ()
    return named if named and set(named) <= set(LINEAR_LAYERS) else LINEAR_LAYERS


def export(plan: TrainingPlan) -> Export:
    """The YAML of `unsloth train`, held against the plan."""
    text = yaml_template("unsloth/config.yaml.j2").render(plan=plan, targets=_targets(plan))
    config: dict[str, Any] = yaml.safe_load(text)
    hold_against_plan({**config["training"], **config.get("lora", {})}, _expected(plan), "Unsloth config")
    return Export(filename="unsloth.yaml", text=text, left_out=tuple(_left_out(plan)))


def _left_out(plan: TrainingPlan) -> Iterator[str]:
    if plan.method == "lora_8bit":
        yield "8-bit weights: it trains LoRA on 16 bits in their place"
    if plan.objective == "chat":
        yield "the token that ends a turn: Unsloth finds the answers by itself"
    yield from _LEFT_OUT


def _expected(plan: TrainingPlan) -> dict[str, object]:
    """What must stand in the exported YAML, computed apart from the template."""
    lora = plan.method != "full"
    return {
        "training_type": "lora" if lora else "full",
        "load_in_4bit": plan.method == "qlora",
        "max_seq_length": plan.sequence_tokens,
        "max_steps": plan.steps,
        "batch_size": plan.micro_batch_size,
        "gradient_accumulation_steps": plan.gradient_accumulation_steps,
        "learning_rate": plan.learning_rate,
        "warmup_steps": plan.warmup_steps,
        "weight_decay": plan.weight_decay,
        "random_seed": plan.seed,
        "lora_r": plan.lora_r if lora else None,
        "lora_alpha": plan.lora_alpha if lora else None,
        "lora_dropout": plan.lora_dropout if lora else None,
        "use_rslora": True if lora and plan.lora_variant == "rslora" else None,
        "target_modules": ",".join(_targets(plan)) if lora else None,
        "use_dora": True if lora and plan.lora_variant == "dora" else None,
    }


def validate(text: str, *, file: str) -> Sequence[Fault]:
    """A script (`.py`) is read as Python; all else is a config of `unsloth train`."""
    from wrapper.backends.unsloth_checks import find_faults

    return script_faults(text, file=file) if file.endswith(".py") else find_faults(text, file=file)


def validator_argv(python: Path, config: Path) -> list[str]:
    return [str(python), str(worker_dir() / "validate_unsloth.py"), str(config)]


def train_argv(python: Path, config: Path, plan: TrainingPlan) -> list[str]:
    return [str(python), str(config)]


def train_environment(plan: TrainingPlan) -> Mapping[str, str]:
    """Unsloth counts its users by fetching a file from the hub, unless it is told not to."""
    return {**script_environment(plan), "UNSLOTH_DISABLE_STATISTICS": "1"}
