"""A plan: every number that training needs, what it should cost, why, and what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from wrapper.plan.machine import Accelerator
from wrapper.spec.fields import Kernel, LoraVariant, Objective, Parallel

Basis = Literal["measured", "extrapolated"]


@dataclass(frozen=True, kw_only=True)
class Range:
    """A prediction: low, likely, high."""

    low: float
    likely: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a training run should take. `basis` says how it is known, `basis_detail` from what."""

    memory_gib: Range
    seconds: Range
    usd: Range
    basis: Basis
    basis_detail: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All decisions; `reasons` holds one for each, `objections` what the fit gate has to say."""

    model_name: str
    backend: str
    method: str
    accelerator: Accelerator
    precision: str
    attention: str
    sequence_tokens: int
    micro_batch_size: int
    gradient_accumulation_steps: int
    epochs: float
    steps: int
    learning_rate: float
    lr_scheduler: str
    warmup_steps: int
    weight_decay: float
    optimizer: str
    lora_r: int
    lora_alpha: int
    lora_dropout: float
    lora_variant: LoraVariant
    objective: Objective
    kernels: tuple[Kernel, ...]
    parallel: Parallel
    gradient_checkpointing: bool
    sample_packing: bool
    eval_steps: int | None
    save_steps: int
    early_stopping_patience: int | None
    seed: int
    threads: int
    estimate: Estimate
    reasons: Mapping[str, str]
    objections: tuple[str, ...]
