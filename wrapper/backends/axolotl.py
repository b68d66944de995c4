"""Axolotl: the plan as its YAML, its command line, and what its program needs around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from wrapper import __version__
from wrapper.backends.axolotl_validation import find_faults
from wrapper.backends.protocol import RenderedConfig, TrainingPlan, hold_against_plan
from wrapper.errors import Fault
from wrapper.render import yaml_template
from wrapper.resources import worker_dir

NAME = "axolotl"


def render(plan: TrainingPlan) -> RenderedConfig:
    """Render, parse back, and hold what Axolotl will read against the plan."""
    text = yaml_template("axolotl/train.yaml.j2").render(plan=plan, version=__version__)
    config: dict[str, Any] = yaml.safe_load(text)
    hold_against_plan(config, _expected(plan), "Axolotl config")
    return RenderedConfig(filename="axolotl.yaml", text=text, digest=sha256(text.encode()).hexdigest())


def _expected(plan: TrainingPlan) -> dict[str, object]:
    """What must stand in the config, computed apart from the template."""
    cuda = plan.accelerator == "cuda"
    lora, parallel = plan.method != "full", plan.parallel.world_size > 1
    return {
        "base_model": str(plan.model_path),
        "adapter": ("qlora" if plan.method == "qlora" else "lora") if lora else None,
        "load_in_4bit": True if plan.method == "qlora" else None,
        "load_in_8bit": True if plan.method == "lora_8bit" else None,
        "lora_r": plan.lora_r if lora else None,
        "lora_alpha": plan.lora_alpha if lora else None,
        "lora_dropout": plan.lora_dropout if lora else None,
        "peft_use_rslora": True if lora and plan.lora_variant == "rslora" else None,
        "peft_use_dora": True if lora and plan.lora_variant == "dora" else None,
        "lora_target_linear": True if lora and plan.lora_targets is None else None,
        "lora_target_modules": _target_modules(plan) if lora else None,
        "sequence_len": plan.sequence_tokens,
        "sample_packing": plan.sample_packing,
        "micro_batch_size": plan.micro_batch_size,
        "gradient_accumulation_steps": plan.gradient_accumulation_steps,
        "max_steps": plan.steps,
        "learning_rate": plan.learning_rate,
        "lr_scheduler": plan.lr_scheduler,
        "warmup_steps": plan.warmup_steps,
        "weight_decay": plan.weight_decay,
        "optimizer": plan.optimizer,
        "seed": plan.seed,
        "gradient_checkpointing": plan.gradient_checkpointing,
        "save_steps": plan.save_steps,
        "eval_steps": plan.eval_steps if plan.validation_file else None,
        "early_stopping_patience": plan.early_stopping_patience if plan.validation_file else None,
        "bf16": cuda and plan.precision == "bf16",
        "fp16": cuda and plan.precision == "fp16",
        "attn_implementation": plan.attention,
        "output_dir": str(plan.output_dir),
        "resume_from_checkpoint": str(plan.resume_from) if plan.resume_from else None,
        "thriftune_max_seconds": plan.max_seconds if plan.events_file else None,
        "fsdp_version": 2 if parallel and plan.parallel.sharding == "fsdp2" else None,
        "use_ray": True if parallel and plan.parallel.launcher == "ray" else None,
        "thriftune_events_file": str(plan.events_file) if plan.events_file else None,
    }


def _target_modules(plan: TrainingPlan) -> list[str] | str | None:
    return list(plan.lora_targets) if isinstance(plan.lora_targets, tuple) else plan.lora_targets


def export(plan: TrainingPlan) -> None:
    """Its YAML is what is rendered."""


def validate(text: str, *, file: str) -> Sequence[Fault]:
    """Schema, keys and cross-field faults; Axolotl's own validator is not asked."""
    return find_faults(text, file=file)


def validator_argv(python: Path, config: Path) -> list[str]:
    return [str(python), str(worker_dir() / "validate_axolotl.py"), str(config)]


def train_argv(python: Path, config: Path, plan: TrainingPlan) -> list[str]:
    """One process without a launcher; else torchrun's, or Ray's, which starts its own."""
    argv = [str(python), "-m", "axolotl.cli.main", "train", str(config)]
    parallel = plan.parallel
    if parallel.world_size == 1 or parallel.launcher == "ray":
        return [*argv, "--launcher", "python"]
    processes = ["--nproc_per_node", str(parallel.gpus), "--nnodes", str(parallel.nodes)]
    if parallel.nodes > 1:  # torchrun must be told one id on all machines: Axolotl would make up another on each
        processes += ["--rdzv_backend", "c10d", "--rdzv_endpoint", str(parallel.rendezvous), "--rdzv_id", "thriftune"]
    return [*argv, "--launcher", "torchrun", "--", *processes]


def train_environment(plan: TrainingPlan) -> Mapping[str, str]:
    """Nothing is reported to anyone, nothing fetched: the model and the rows are local files."""
    variables = {
        "PYTHONPATH": str(worker_dir()),
        "AXOLOTL_DO_NOT_TRACK": "1",
        "HF_HUB_OFFLINE": "1",
        "WANDB_DISABLED": "true",
        "TOKENIZERS_PARALLELISM": "false",
    }
    if plan.accelerator == "cuda":
        return variables
    # threads that wait by spinning take the core from those that work, if anything else runs beside
    return variables | {"OMP_NUM_THREADS": str(plan.threads), "OMP_WAIT_POLICY": "PASSIVE"}
