"""What `unsloth train --dry-run` accepts and the training then refuses, ignores, or does wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from wrapper.backends.pydantic_values import number_in
from wrapper.documents import Document, KeyPath
from wrapper.errors import Fault

_POSITIVE = (
    ("training", "max_seq_length"),
    ("training", "batch_size"),
    ("training", "gradient_accumulation_steps"),
    ("training", "learning_rate"),
    ("lora", "lora_r"),
    ("lora", "lora_alpha"),
)
_NOT_NEGATIVE = (
    ("training", "num_epochs"),
    ("training", "max_steps"),
    ("training", "warmup_steps"),
    ("training", "save_steps"),
    ("training", "weight_decay"),
    ("lora", "lora_dropout"),
)
_TOKENS = ("hf_token", "wandb_token")


def cross_field_faults(document: Document) -> Iterator[Fault]:
    """Every fault that a schema cannot see."""
    config = document.value
    for check in (_source, _output, _method, _steps, _numbers, _secrets):
        yield from check(document, config)


def _source(document: Document, config: dict[str, Any]) -> Iterator[Fault]:
    if not config.get("model"):
        yield document.fault("missing", "`model` is missing", ("model",), suggestion="give a hub id or a folder")
    data = _table(config, "data")
    if not data.get("dataset") and not data.get("local_dataset"):
        message = "no data: neither `data.dataset` nor `data.local_dataset`"
        yield document.fault("missing", message, ("data",), suggestion="give a hub id as `dataset`, or files")
    if data.get("dataset") and data.get("local_dataset"):
        message = "`dataset` and `local_dataset` exclude each other"
        yield _fault(document, ("data", "dataset"), message, "keep one of them")
    if data.get("format_type") == "raw" and _table(config, "training").get("train_on_completions"):
        message = "raw text has no completions: `train_on_completions` cannot apply"
        yield _fault(document, ("training", "train_on_completions"), message, "remove it, or give chats")


def _output(document: Document, config: dict[str, Any]) -> Iterator[Fault]:
    folder = _table(config, "training").get("output_dir")
    if not isinstance(folder, str):
        return
    absolute = PurePosixPath(folder).is_absolute() or PureWindowsPath(folder).is_absolute()
    if absolute or ".." in PurePosixPath(folder.replace("\\", "/")).parts:
        message = "`training.output_dir` must lie below the folder that Unsloth keeps its outputs in"
        yield _fault(document, ("training", "output_dir"), message, "give a name such as `outputs`")


def _method(document: Document, config: dict[str, Any]) -> Iterator[Fault]:
    training, lora = _table(config, "training"), _table(config, "lora")
    if training.get("training_type") == "full":
        if training.get("load_in_4bit"):
            message = "`load_in_4bit` does nothing with `training_type: full`"
            yield _unused(document, ("training", "load_in_4bit"), message, "remove it, or train a LoRA adapter")
        if lora:
            message = "`lora` does nothing with `training_type: full`"
            yield _unused(document, ("lora",), message, "remove it, or set `training_type: lora`")
    if lora.get("use_loftq") and training.get("load_in_4bit", True):
        message = "LoftQ needs the weights in 16 bits, and `training.load_in_4bit` is on"
        yield _fault(document, ("lora", "use_loftq"), message, "set `load_in_4bit: false` under `training`")


def _steps(document: Document, config: dict[str, Any]) -> Iterator[Fault]:
    training = _table(config, "training")
    steps, epochs = number_in(training.get("max_steps", 0)), number_in(training.get("num_epochs", 3))
    if steps and "num_epochs" in training:
        message = "`num_epochs` does nothing beside `max_steps`"
        yield _unused(document, ("training", "num_epochs"), message, "keep one of them")
    if steps == 0 and epochs == 0:
        message = "nothing would be trained: `max_steps` and `num_epochs` are 0"
        yield _fault(document, ("training", "num_epochs"), message, "give one of them")
    warmup = number_in(training.get("warmup_steps", 0))
    if steps and warmup is not None and warmup >= steps:
        message = f"warm-up of {warmup:g} steps does not end within {steps:g} steps"
        yield _fault(document, ("training", "warmup_steps"), message, "a tenth of all steps is usual")


def _numbers(document: Document, config: dict[str, Any]) -> Iterator[Fault]:
    for path, lowest in (*((path, True) for path in _POSITIVE), *((path, False) for path in _NOT_NEGATIVE)):
        number = number_in(_table(config, path[0]).get(path[1]))
        if number is not None and (number <= 0 if lowest else number < 0):
            least = "more than 0" if lowest else "at least 0"
            yield document.fault("value", f"`{'.'.join(path)}` must be {least}, not {number:g}", path)


def _secrets(document: Document, config: dict[str, Any]) -> Iterator[Fault]:
    for key in _TOKENS:
        if _table(config, "logging").get(key):
            message = f"`logging.{key}` keeps a secret in a file"
            remedy = f"set {key.upper()} in the environment instead"
            yield document.fault("warning_secret", message, ("logging", key), suggestion=remedy)


def _table(config: dict[str, Any], section: str) -> dict[str, Any]:
    table = config.get(section)
    return table if isinstance(table, dict) else {}


def _fault(document: Document, path: KeyPath, message: str, remedy: str) -> Fault:
    return document.fault("cross_field", message, path, suggestion=remedy)


def _unused(document: Document, path: KeyPath, message: str, remedy: str) -> Fault:
    return document.fault("warning_unused", message, path, suggestion=remedy)
