"""TRL: the plan as a script on transformers, PEFT and TRL alone, which is also the way out of thriftune."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from wrapper.backends.protocol import RenderedConfig, TrainingPlan
from wrapper.backends.training_script import render_script, script_environment, script_faults
from wrapper.errors import Fault

NAME = "trl"


def render(plan: TrainingPlan) -> RenderedConfig:
    expected = {
        "attn_implementation": plan.attention,
        "target_modules": _target_modules(plan) if plan.method != "full" else None,
        "load_in_4bit": True if plan.method == "qlora" else None,
        "bnb_4bit_quant_type": "nf4" if plan.method == "qlora" else None,
        "load_in_8bit": True if plan.method == "lora_8bit" else None,
    }
    return render_script("trl/train.py.j2", plan, expected)


def _target_modules(plan: TrainingPlan) -> list[str] | str:
    """PEFT takes `all-linear` in a mixture for the router and all experts as well."""
    targets = plan.lora_targets or "all-linear"
    return targets if isinstance(targets, str) else list(targets)


def export(plan: TrainingPlan) -> None:
    """TRL has no other form: the script is all."""


def validate(text: str, *, file: str) -> Sequence[Fault]:
    """TRL has no config file of its own: a script is read as Python."""
    return script_faults(text, file=file)


def validator_argv(python: Path, config: Path) -> None:
    """It has no validator."""


def train_argv(python: Path, config: Path, plan: TrainingPlan) -> list[str]:
    return [str(python), str(config)]


def train_environment(plan: TrainingPlan) -> Mapping[str, str]:
    return script_environment(plan)
