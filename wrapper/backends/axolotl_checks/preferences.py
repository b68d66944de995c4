"""Preference and reinforcement learning: what each method needs, and what it cannot be combined with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wrapper.backends.axolotl_checks.truths import is_given, is_on, table
from wrapper.backends.pydantic_values import number_in
from wrapper.documents import Document
from wrapper.errors import Fault


def preference_faults(document: Document) -> Iterator[Fault]:
    """Faults of `rl` with other keys, all of which `validate_config` refuses."""
    config, rl = document.value, document.value.get("rl")
    if rl and is_on(config, "sample_packing"):
        yield _fault(
            document, "sample_packing", f"rows cannot be packed with `rl: {rl}`", "set `sample_packing: false`"
        )
    if rl == "kto" and config.get("remove_unused_columns") is not False:
        yield _fault(document, "rl", "`rl: kto` needs `remove_unused_columns: false`", "add it")
    if rl == "kto" and is_on(config, "eval_sample_packing"):
        message = "evaluation rows cannot be packed with `rl: kto`"
        yield _fault(document, "eval_sample_packing", message, "set `eval_sample_packing: false`")
    if rl == "simpo" and is_given(config, "warmup_ratio"):
        yield _fault(document, "warmup_ratio", "`rl: simpo` does not take `warmup_ratio`", "use `warmup_steps`")
    if rl == "ebft" and not is_given(config, "ebft"):
        yield _fault(document, "rl", "`rl: ebft` needs the table `ebft`", "add `ebft: {mode: structured}`")
    compiled = table(config, "ebft").get("mode") == "strided" and config.get("torch_compile") is True
    if rl == "ebft" and compiled and is_given(config, "gradient_checkpointing"):
        message = "strided EBFT cannot be compiled with `gradient_checkpointing`"
        yield _fault(document, "torch_compile", message, "remove it: flex attention compiles itself")
    yield from _dpo(document, config)
    if rl == "grpo":
        yield from _grpo(document, config)


def _dpo(document: Document, config: Mapping[str, Any]) -> Iterator[Fault]:
    losses, weights = config.get("dpo_loss_type"), config.get("dpo_loss_weights")
    key = next((key for key in ("dpo_loss_type", "dpo_loss_weights") if config.get(key) is not None), "")
    if key and config.get("rl") != "dpo":
        yield _fault(document, key, f"`{key}` is for `rl: dpo` alone", "remove it, or set `rl: dpo`")
    elif weights is not None and losses is None:
        yield _fault(document, "dpo_loss_weights", "`dpo_loss_weights` needs `dpo_loss_type`", "add it")
    elif isinstance(losses, list) and isinstance(weights, list) and len(losses) != len(weights):
        message = f"{len(losses)} `dpo_loss_type` but {len(weights)} `dpo_loss_weights`"
        yield _fault(document, "dpo_loss_weights", message, "give one weight for each loss")


def _grpo(document: Document, config: Mapping[str, Any]) -> Iterator[Fault]:
    """The rows of a step must make whole groups; each group is the answers to one prompt."""
    trl = table(config, "trl")
    group = number_in(trl.get("num_generations"))
    if group is None:
        return
    path = ("trl", "num_generations")
    if group < 2:
        yield document.fault("value", f"`trl.num_generations` must be at least 2, not {group:g}", path)
        return
    given = number_in(trl.get("generation_batch_size"))
    rows = [number_in(config.get(key)) or 1 for key in ("micro_batch_size", "gradient_accumulation_steps")]
    batch = rows[0] * rows[1] if given is None else given
    if batch % group:
        message = f"{batch:g} answers a step make no whole groups of {group:g}"
        remedy = "make `micro_batch_size` times `gradient_accumulation_steps` a multiple of `trl.num_generations`"
        yield document.fault("cross_field", message, path, suggestion=remedy)


def _fault(document: Document, key: str, message: str, remedy: str) -> Fault:
    return document.fault("cross_field", message, (key,), suggestion=remedy)
