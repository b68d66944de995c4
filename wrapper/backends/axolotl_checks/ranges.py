"""Numbers that Axolotl's own validator lets pass and no training can use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wrapper.backends.axolotl_checks.truths import is_on
from wrapper.backends.pydantic_values import number_in
from wrapper.documents import Document
from wrapper.errors import Fault

_MORE_THAN_0 = (
    "learning_rate",
    "lora_r",
    "lora_alpha",
    "micro_batch_size",
    "eval_batch_size",
    "gradient_accumulation_steps",
    "sequence_len",
    "save_total_limit",
)
_AT_LEAST_0 = ("num_epochs", "warmup_steps", "weight_decay", "val_set_size", "save_steps", "eval_steps")
_SHARES = ("lora_dropout", "warmup_ratio")


def range_faults(document: Document) -> Iterator[Fault]:
    """Faults of single numbers, and of both precisions asked for at once."""
    config = document.value
    yield from _outside(document, config, _MORE_THAN_0, "more than 0", lambda number: number > 0)
    yield from _outside(document, config, _AT_LEAST_0, "at least 0", lambda number: number >= 0)
    yield from _outside(document, config, _SHARES, "from 0 to 1", lambda number: 0 <= number <= 1)
    if _is_true(config, "bf16") and _is_true(config, "fp16"):
        message = "`bf16` and `fp16` exclude each other"
        yield document.fault("cross_field", message, ("fp16",), suggestion="keep one of them")


def _outside(
    document: Document, config: Mapping[str, Any], keys: tuple[str, ...], limit: str, fits: Callable[[float], bool]
) -> Iterator[Fault]:
    for key in keys:
        number = number_in(config.get(key))
        if number is not None and not isinstance(config.get(key), bool) and not fits(number):
            yield document.fault("value", f"`{key}` must be {limit}, not {number:g}", (key,))


def _is_true(config: Mapping[str, Any], key: str) -> bool:
    """On outright: `auto` and `full` leave the choice to Axolotl."""
    return is_on(config, key) and config.get(key) not in ("auto", "full")
