"""Keys that are at odds with each other, and choices that Axolotl only misses when it trains."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from wrapper.backends.axolotl_checks.combinations import combination_faults
from wrapper.backends.axolotl_checks.preferences import preference_faults
from wrapper.backends.axolotl_checks.ranges import range_faults
from wrapper.backends.axolotl_checks.schema import ConfigSchema, known_values
from wrapper.backends.axolotl_checks.sharding import sharding_faults
from wrapper.backends.axolotl_checks.truths import is_on
from wrapper.documents import Document, KeyPath, did_you_mean
from wrapper.errors import Fault

_ADAPTERS = ("lora", "qlora")
_BUILT_IN_ADAPTERS = (*_ADAPTERS, "llama-adapter")
_PLUGIN_ADAPTERS = ("mora",)  # each is named as the key that its plugin adds
_TARGETS = ("lora_target_modules", "lora_target_linear", "lora_target_parameters")
_OLD_ATTENTION = (
    "xformers_attention",
    "sage_attention",
    "flex_attention",
    "flash_attention",
    "sdp_attention",
    "eager_attention",
)


def cross_field_faults(document: Document, schema: ConfigSchema) -> Iterator[Fault]:
    """Every fault of one key with another."""
    config = document.value
    for check in (_datasets, _adapter, _schedules, _attention):
        yield from check(document, config)
    yield from combination_faults(document, schema)
    yield from range_faults(document)
    yield from sharding_faults(document)
    yield from preference_faults(document)
    if not schema.foreign:  # a plugin may bring optimisers and schedulers of its own
        yield from _named_choices(document, config, schema)


Check = Callable[[Document, dict[str, Any]], Iterator[Fault]]


def _datasets(document: Document, config: dict[str, Any]) -> Iterator[Fault]:
    if config.get("datasets") is None and config.get("pretraining_dataset") is None:
        yield document.fault(
            "missing", "`datasets` is missing", ("datasets",), suggestion="add `datasets` or `pretraining_dataset`"
        )


def _adapter(document: Document, config: dict[str, Any]) -> Iterator[Fault]:
    adapter, four, eight = config.get("adapter"), is_on(config, "load_in_4bit"), is_on(config, "load_in_8bit")
    if not adapter and not config.get("inference") and (four or eight):
        key = "load_in_4bit" if four else "load_in_8bit"
        yield _fault(document, key, f"`{key}` needs an adapter", "add `adapter: qlora`, or turn it off")
    if adapter == "qlora" and not is_on(config, "merge_lora"):
        if not four:
            key = "load_in_4bit" if "load_in_4bit" in config else "adapter"
            yield _fault(document, key, "`adapter: qlora` needs `load_in_4bit: true`", "or use `adapter: lora`")
        if eight:
            message = "`adapter: qlora` cannot be loaded in 8 bits"
            yield _fault(document, "load_in_8bit", message, "use `load_in_4bit: true`")
    if adapter == "lora" and four:  # Axolotl's loader quantises to 4 bits for `adapter: qlora` only
        message = "`load_in_4bit` does nothing with `adapter: lora`: the weights stay whole"
        yield document.fault("warning_unused", message, ("load_in_4bit",), suggestion="use `adapter: qlora`")
    if adapter in _ADAPTERS and not config.get("lora_model_dir"):
        yield from _lora(document, config)


def _lora(document: Document, config: dict[str, Any]) -> Iterator[Fault]:
    adapter = config["adapter"]
    for key, example in (("lora_r", 16), ("lora_alpha", 32)):
        if config.get(key) is None and not _near(config, key):
            message = f"`adapter: {adapter}` needs `{key}`"
            yield _fault(document, "adapter", message, f"add it, such as `{key}: {example}`")
    if not any(config.get(key) for key in _TARGETS) and not any(_near(config, key) for key in _TARGETS):
        message = f"`adapter: {adapter}` names no modules to train"
        yield _fault(document, "adapter", message, "add `lora_target_linear: true`, or list `lora_target_modules`")


def _schedules(document: Document, config: dict[str, Any]) -> Iterator[Fault]:
    for step in ("save", "eval"):
        strategy, steps = config.get(f"{step}_strategy"), f"{step}_steps"
        if strategy and config.get(steps) and strategy != "steps":
            message = f"`{steps}` does nothing with `{step}_strategy: {strategy}`"
            yield _fault(document, steps, message, f"remove one of them, or set `{step}_strategy: steps`")
    if config.get("evals_per_epoch") and config.get("eval_strategy") not in (None, "", "steps"):
        message = "`evals_per_epoch` excludes this `eval_strategy`"
        yield _fault(document, "eval_strategy", message, "remove `eval_strategy`")
    unevaluated = config.get("val_set_size") == 0 and not config.get("test_datasets")
    if unevaluated and config.get("eval_strategy") != "no":
        for key in ("eval_steps", "eval_strategy"):
            if config.get(key):
                remedy = "set `val_set_size`, or remove it"
                yield _fault(document, key, f"`{key}` has nothing to evaluate on: `val_set_size` is 0", remedy)


def _attention(document: Document, config: dict[str, Any]) -> Iterator[Fault]:
    for key in _OLD_ATTENTION:
        if config.get("attn_implementation") and config.get(key):
            message = f"`{key}` and `attn_implementation` exclude each other"
            yield _fault(document, key, message, f"remove `{key}`")

    value, choices = config.get("attn_implementation"), known_values()["attn_implementation"]
    if isinstance(value, str) and value and "/" not in value and value not in choices:
        remedy = did_you_mean(value, choices) or f"one of {', '.join(choices)}, or a kernel of the hub"
        message = f"Axolotl has no attention `{value}`"
        yield document.fault("value", message, ("attn_implementation",), suggestion=remedy)


def _named_choices(document: Document, config: dict[str, Any], schema: ConfigSchema) -> Iterator[Fault]:
    for key in ("optimizer", "lr_scheduler"):
        value, choices = config.get(key), known_values()[key]
        if isinstance(value, str) and value and value not in choices:
            remedy = did_you_mean(value, choices) or f"such as `{_COMMON[key]}`"
            yield document.fault("value", f"Axolotl has no {key} `{value}`", (key,), suggestion=remedy)

    adapter = config.get("adapter")
    plugin_adapters = [name for name in _PLUGIN_ADAPTERS if name in schema.document["properties"]]
    if isinstance(adapter, str) and adapter and adapter not in (*_BUILT_IN_ADAPTERS, *plugin_adapters):
        remedy = did_you_mean(adapter, _BUILT_IN_ADAPTERS) or "use `lora` or `qlora`, or name its plugin"
        yield document.fault("value", f"Axolotl has no adapter `{adapter}`", ("adapter",), suggestion=remedy)


_COMMON = {"optimizer": "adamw_torch", "lr_scheduler": "cosine"}


def _near(config: dict[str, Any], key: str) -> bool:
    """True where a misspelt form of `key` is there: that is told once, as a misspelt key."""
    from difflib import get_close_matches

    others = [str(name) for name in config if name not in _LORA_KEYS]
    return bool(get_close_matches(key, others, n=1, cutoff=0.8))


_LORA_KEYS = frozenset((*_TARGETS, "lora_r", "lora_alpha", "lora_dropout", "lora_model_dir"))


def _fault(document: Document, key: str, message: str, remedy: str) -> Fault:
    path: KeyPath = (key,)
    return document.fault("cross_field", message, path, suggestion=remedy)
