"""The numbers of the optimiser and the adapter: the user's, the preset's, or the rule's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from wrapper.plan.machine import Machine
from wrapper.presets.model import ModelPreset, ProvenTraining
from wrapper.spec.fields import Kernel, Sharding, Spec

T = TypeVar("T")

_SMALL_MODEL = 500_000_000
_FULL_RATE, _SMALL_RATE, _LORA_RATE = 2e-5, 1e-3, 2e-4
_LORA_R, _LORA_ALPHA = 16, 32


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """Hyperparameters and what the device imposes, with a reason for each."""

    precision: str
    attention: str
    optimizer: str
    learning_rate: float
    lr_scheduler: str
    weight_decay: float
    lora_r: int
    lora_alpha: int
    lora_dropout: float
    seed: int
    reasons: dict[str, str] = field(default_factory=dict)


def numbers_of(spec: Spec, preset: ModelPreset | None, machine: Machine, parameters: int) -> Numbers:
    """Everything that depends neither on the rows nor on the memory."""
    reasons: dict[str, str] = {}

    def choose(key: str, override: T | None, rule: T, reason: str) -> T:
        reasons[key] = reason if override is None else "set by you"
        return rule if override is None else override

    overrides, method = spec.training.overrides, spec.training.method
    proven, proven_reason = _proven(preset, spec)
    rate, rate_reason = _learning_rate(method, parameters)
    precision, reasons["precision"] = _precision(machine)
    attention, reasons["attention"] = _attention(machine, spec.training.kernels)
    optimizer, reasons["optimizer"] = _optimizer(machine, method, spec.training.parallel.sharding)
    return Numbers(
        precision=precision,
        attention=attention,
        optimizer=optimizer,
        learning_rate=choose(
            "learning_rate",
            overrides.learning_rate,
            proven.learning_rate if proven else rate,
            proven_reason or rate_reason,
        ),
        lr_scheduler=choose(
            "lr_scheduler", overrides.lr_scheduler, "linear", "falls to nothing by the last step"
        ),
        weight_decay=choose("weight_decay", overrides.weight_decay, 0.0, "no use in a run this short"),
        lora_r=choose(
            "lora_r",
            overrides.lora_r,
            proven.lora_r if proven else _LORA_R,
            proven_reason or "enough for a narrow task",
        ),
        lora_alpha=choose(
            "lora_alpha",
            overrides.lora_alpha,
            proven.lora_alpha if proven else _LORA_ALPHA,
            proven_reason or "twice the rank is usual",
        ),
        lora_dropout=choose(
            "lora_dropout", overrides.lora_dropout, 0.0, "few epochs leave little to regularise"
        ),
        seed=choose("seed", overrides.seed, spec.data.seed, "the seed of the data"),
        reasons=reasons,
    )


def _proven(preset: ModelPreset | None, spec: Spec) -> tuple[ProvenTraining | None, str]:
    """What the preset has for this backend and method, and a reason to trust it."""
    backend, method = spec.training.backend, spec.training.method
    if preset is None or method == "full":
        return None, ""
    for proven in preset.training:
        if proven.backend in (None, backend) and proven.method in (None, method):
            own = proven.backend is None
            return proven, f"proven on {preset.name}" if own else f"{backend}'s own example for {preset.name}"
    return None, ""


def _learning_rate(method: str, parameters: int) -> tuple[float, str]:
    if method == "full":
        return _FULL_RATE, "usual where all weights are trained"
    if parameters < _SMALL_MODEL:
        return _SMALL_RATE, "usual for an adapter on less than 0.5B parameters"
    return _LORA_RATE, "usual for an adapter on 0.5B parameters and more"


def _precision(machine: Machine) -> tuple[str, str]:
    if machine.bf16:
        return "bf16", "the device multiplies in bf16"
    if machine.accelerator == "cpu":
        return "fp32", "this processor is slower in bf16 than in fp32"
    return "fp16", "the GPU has no bf16"


def _attention(machine: Machine, kernels: Sequence[Kernel]) -> tuple[str, str]:
    if "flash_attention_2" in kernels:
        return "flash_attention_2", "asked for under `training.kernels`"
    if machine.accelerator == "cpu":
        return "sdpa", "flash attention needs a GPU"
    if machine.compute_capability is None or machine.compute_capability < 8.0:
        return "sdpa", "flash attention needs compute capability 8.0"
    return "sdpa", "PyTorch's own, which holds a flash kernel; flash-attn is not in the lock"


def _optimizer(machine: Machine, method: str, sharding: Sharding) -> tuple[str, str]:
    if machine.accelerator == "cpu":
        return "adamw_torch", "8-bit optimisers need a GPU"
    if sharding == "fsdp2":
        return "adamw_torch_fused", "bitsandbytes' 8-bit optimisers do not work with FSDP2"
    if method == "full":
        return "paged_adamw_8bit", "8-bit moments of all weights, paged out when memory is short"
    return "adamw_8bit", "8-bit moments take a quarter of the memory"
