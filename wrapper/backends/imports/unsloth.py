"""The keys of a config of `unsloth train`: which go into a spec, and why the others do not."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from wrapper.backends.imports.entries import OVERRIDES
from wrapper.backends.imports.keymap import (
    ANSWERS,
    FOLDER,
    LEDGER,
    LINEAR,
    ONE_FILE,
    PLANNED,
    SECRET,
    Config,
    Keymap,
)
from wrapper.backends.pydantic_values import truth_in
from wrapper.backends.unsloth_checks.validation import config_schema
from wrapper.spec.fields import Method


def _top_level() -> Collection[str]:
    keys: Collection[str] = config_schema()["properties"]
    return keys


def _method(config: Config) -> Method | None:
    """By Unsloth's defaults: an adapter, on weights in 4 bits."""
    training: Any = config.get("training")
    given = training if isinstance(training, dict) else {}
    if str(given.get("training_type", "lora")).strip().lower() == "full":
        return "full"
    return "qlora" if truth_in(given.get("load_in_4bit", True)) else "lora"


_NUMBERS = {
    ("training", "learning_rate"): "learning_rate",
    ("training", "num_epochs"): "epochs",
    ("training", "max_steps"): "max_steps",
    ("training", "batch_size"): "micro_batch_size",
    ("training", "gradient_accumulation_steps"): "gradient_accumulation_steps",
    ("training", "max_seq_length"): "sequence_len",
    ("training", "warmup_steps"): "warmup_steps",
    ("training", "weight_decay"): "weight_decay",
    ("training", "random_seed"): "seed",
    ("lora", "lora_r"): "lora_r",
    ("lora", "lora_alpha"): "lora_alpha",
    ("lora", "lora_dropout"): "lora_dropout",
}

KEYMAP = Keymap(
    backend="unsloth",
    title="Unsloth",
    top_level=_top_level,
    opened=("data", "training", "lora", "logging"),
    model=("model",),
    train=(("data", "dataset"), ("data", "local_dataset", 0)),
    validation=(),
    method=_method,
    method_keys=(("training", "training_type"), ("training", "load_in_4bit")),
    method_default="Unsloth trains an adapter on weights in 4 bits unless told otherwise",
    numbers={source: (*OVERRIDES, key) for source, key in _NUMBERS.items()},
    usual={"data.format_type": ("auto", "alpaca", "chatml", "sharegpt", "conversational")},
    reasons={
        PLANNED: ("training.packing", "training.save_steps", "training.gradient_checkpointing"),
        FOLDER: ("training.output_dir",),
        ANSWERS: ("training.train_on_completions",),
        LINEAR: ("lora.target_modules", "lora.finetune_attention_modules", "lora.finetune_mlp_modules"),
        ONE_FILE: ("data.local_dataset",),
        SECRET: ("logging.hf_token", "logging.wandb_token"),
        LEDGER: ("logging.*",),
    },
)
