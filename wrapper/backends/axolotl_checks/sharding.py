"""Training on several devices: what DeepSpeed, FSDP and parallel sequences cannot be combined with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wrapper.backends.axolotl_checks.truths import is_given, is_on, table
from wrapper.backends.pydantic_values import number_in
from wrapper.documents import Document
from wrapper.errors import Fault

_BITSANDBYTES = ("adamw_8bit", "adamw_bnb_8bit")
_PREFERENCES = ("dpo", "kto", "orpo", "ipo")


def sharding_faults(document: Document) -> Iterator[Fault]:
    """Faults that `validate_config` refuses, and one that the trainer refuses: DeepSpeed beside FSDP."""
    config = document.value
    yield from _deepspeed(document, config)
    if table(config, "fsdp_config"):
        yield from _fsdp(document, config)
    yield from _parallel(document, config)


def _deepspeed(document: Document, config: Mapping[str, Any]) -> Iterator[Fault]:
    if not config.get("deepspeed"):
        return
    key = next((key for key in ("fsdp_config", "fsdp") if config.get(key)), "")
    if key:
        yield _fault(document, key, f"`deepspeed` and `{key}` exclude each other", "keep one of them")
    optimizer = config.get("optimizer")
    if isinstance(optimizer, str) and (optimizer in ("muon", "polora") or optimizer.startswith("flash_")):
        yield _fault(document, "optimizer", f"`{optimizer}` does not work with DeepSpeed", "take `adamw_torch`")
    if is_on(config, "relora"):
        yield _fault(document, "relora", "`relora` and `deepspeed` exclude each other", "keep one of them")


def _fsdp(document: Document, config: Mapping[str, Any]) -> Iterator[Fault]:
    fsdp, second = table(config, "fsdp_config"), _version(config) == "2"
    optimizer = str(config.get("optimizer") or "")
    if second and optimizer in _BITSANDBYTES:
        yield _fault(document, "optimizer", f"FSDP 2 does not work with `{optimizer}`", "use `adamw_torch_8bit`")
    if not second and "8bit" in optimizer and _fsdp_on(fsdp, "offload_params"):
        message = f"FSDP cannot offload parameters with `{optimizer}`"
        yield _fault(document, "optimizer", message, "use `adamw_torch`, or `offload_params: false`")
    if not second and (optimizer == "muon" or optimizer.startswith("flash_")):
        yield _fault(document, "optimizer", f"`{optimizer}` works with FSDP 2 alone", "set `fsdp_version: 2`")
    if second and _fsdp_on(fsdp, "cpu_ram_efficient_loading") and is_on(config, "load_in_4bit"):
        message = "FSDP 2 cannot load 4-bit weights with `cpu_ram_efficient_loading`"
        yield _fault(document, "load_in_4bit", message, "set `fsdp_config.cpu_ram_efficient_loading: false`")
    quantised = next((key for key in ("load_in_4bit", "load_in_8bit") if is_on(config, key)), "")
    if config.get("fsdp_version") == 2 and config.get("rl") in _PREFERENCES and quantised:
        message = f"FSDP 2 does not take `{quantised}` with `rl: {config['rl']}`"
        yield _fault(document, quantised, message, "use DeepSpeed, or turn it off")
    if is_on(config, "relora"):
        yield _fault(document, "relora", "`relora` and `fsdp_config` exclude each other", "keep one of them")


def _parallel(document: Document, config: Mapping[str, Any]) -> Iterator[Fault]:
    sequence = number_in(config.get("context_parallel_size")) or 1
    if sequence > 1 and not is_on(config, "use_glm_dsa_kernels"):
        implementation = config.get("attn_implementation")
        flash = implementation or ("flash_attention_2" if is_on(config, "flash_attention") else None)
        if isinstance(flash, str | None) and flash != "flash_attention_2" and "/" not in (flash or ""):
            message = "`context_parallel_size` needs flash attention"
            yield _fault(document, "context_parallel_size", message, "set `attn_implementation: flash_attention_2`")
        if is_on(config, "sample_packing") and (number_in(config.get("micro_batch_size")) or 1) > 1:
            message = "packed rows on a parallel context need `micro_batch_size: 1`"
            yield _fault(document, "micro_batch_size", message, "raise `gradient_accumulation_steps` instead")


def _version(config: Mapping[str, Any]) -> str:
    fsdp = table(config, "fsdp_config")
    return str(config.get("fsdp_version") or fsdp.get("version") or fsdp.get("fsdp_version") or 1)


def _fsdp_on(fsdp: Mapping[str, Any], key: str) -> bool:
    return is_given(fsdp, key) or is_given(fsdp, f"fsdp_{key}")


def _fault(document: Document, key: str, message: str, remedy: str) -> Fault:
    return document.fault("cross_field", message, (key,), suggestion=remedy)
