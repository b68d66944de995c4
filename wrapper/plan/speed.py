"""How fast a device trains: from the nearest run that was measured, scaled by work and device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log, sqrt

from wrapper.backends.protocol import Accelerator
from wrapper.plan.machine import Machine
from wrapper.plan.memory import Load
from wrapper.plan.plan import Basis
from wrapper.presets.measured import Measured
from wrapper.registry import BACKENDS

# Where no run was measured on such a device at all: what a thread with AVX512-BF16 and a middling GPU
# reach. They only ever widen a guess: such an estimate is called extrapolated.
_CPU_FLOPS_A_THREAD = 5e10
_UNKNOWN_TFLOPS = 30.0
_CUDA_SHARE_OF_PEAK = 0.3
_STARTUP_SECONDS = {"cpu": 30.0, "cuda": 60.0}
_RUNTIME_GIB = {"cpu": 1.5, "cuda": 1.0}

_QLORA_COST = 1.3  # torchtune on an RTX 4090: 3083 tokens/s as LoRA, 2413 as QLoRA
_FP32_COST = 1.9  # SmolLM2 prefill on AVX512-BF16: 760 tokens/s in bf16, 400 in fp32
_UNPACKED_COST = 2.0  # a compiled, packed run of another program against plain, padded batches
_PARALLEL_SHARE = 0.8  # of the sum of several GPUs' speeds, the rest is talk between them; not yet measured
_CUDA_LAYER_SECONDS = 0.008  # forward and backward of a layer with PEFT: some 500 launches; not yet measured


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Tokens of rows a second in training, seconds before the first step, memory before the model."""

    accelerator: Accelerator
    tokens_per_second: float
    startup_seconds: float
    runtime_gib: float
    basis: Basis
    detail: str


def speed_of(
    load: Load, machine: Machine, *, model_name: str, backend: str, measured: Sequence[Measured]
) -> Speed:
    """The same model and method on a device of the same kind count as measured, all else as extrapolated."""
    rows = [row for row in measured if row.accelerator == machine.accelerator]
    if not rows:
        return _unmeasured(load, machine)
    row = min(rows, key=lambda row: _distance(row, load, model_name, backend))
    exact = is_same_training(row, load, machine, model_name=model_name, backend=backend)
    rate = row.tokens_per_second
    if not exact:
        rate *= _device_ratio(row, machine, load) * _work_of(row) / _work(load)
        rate /= 1 if row.backend in BACKENDS else _UNPACKED_COST
        rate = min(rate, _launch_bound(load, machine)) * _parallel_gain(load)
    return Speed(
        accelerator=machine.accelerator,
        tokens_per_second=rate,
        startup_seconds=row.startup_seconds or _STARTUP_SECONDS[machine.accelerator],
        runtime_gib=row.runtime_gib or _RUNTIME_GIB[machine.accelerator],
        basis="measured" if exact else "extrapolated",
        detail=f"{row.model} {row.method} on {row.machine} ({row.source})",
    )


def is_same_training(row: Measured, load: Load, machine: Machine, *, model_name: str, backend: str) -> bool:
    """Was the run of this model by this program on such a device, but for the lengths and the number of rows?"""
    return (
        row.accelerator == machine.accelerator
        and row.model == model_name
        and row.method == load.method
        and row.backend == backend
        and row.precision == load.precision
        and row.gradient_checkpointing == load.gradient_checkpointing
        and (row.threads == machine.threads if machine.accelerator == "cpu" else row.machine == machine.name)
        and load.parallel.world_size == 1
    )


def _unmeasured(load: Load, machine: Machine) -> Speed:
    if machine.accelerator == "cpu":
        flops = _CPU_FLOPS_A_THREAD * machine.threads / (_FP32_COST if load.precision == "fp32" else 1)
    else:
        flops = (machine.tflops or _UNKNOWN_TFLOPS) * 1e12 * _CUDA_SHARE_OF_PEAK
    return Speed(
        accelerator=machine.accelerator,
        tokens_per_second=min(flops / _work(load), _launch_bound(load, machine)) * _parallel_gain(load),
        startup_seconds=_STARTUP_SECONDS[machine.accelerator],
        runtime_gib=_RUNTIME_GIB[machine.accelerator],
        basis="extrapolated",
        detail="the device's arithmetic, as no run on such a device was measured",
    )


def _distance(row: Measured, load: Load, model_name: str, backend: str) -> tuple[bool, bool, bool, float, float]:
    """Nearest first: the same model, backend, method, then the size and the shape that are nearest."""
    sizes = abs(log(row.parameters / load.dimensions.parameters))
    shapes = abs(log(row.sequence_tokens / load.sequence_tokens)) + abs(log(row.micro_batch / load.micro_batch_size))
    return row.model != model_name, row.backend != backend, row.method != load.method, sizes, shapes


def _work(load: Load) -> float:
    return _work_a_token(load.dimensions.parameters, load.method, load.gradient_checkpointing)


def _work_of(row: Measured) -> float:
    return _work_a_token(row.parameters, row.method, row.gradient_checkpointing)


def _work_a_token(parameters: int, method: str, checkpointing: bool) -> float:
    """Floating-point operations: 2 a weight forward, 2 backward, 2 for the gradients of trained weights."""
    passes = (6 if method == "full" else 4) + (2 if checkpointing else 0)
    return parameters * passes * (_QLORA_COST if method in ("qlora", "lora_8bit") else 1.0)


def _device_ratio(row: Measured, machine: Machine, load: Load) -> float:
    if machine.accelerator == "cuda":
        arithmetic = machine.tflops / row.tflops if machine.tflops and row.tflops else 1.0
        if machine.bandwidth_gb_s is None or row.bandwidth_gb_s is None:
            return arithmetic
        # half of a step waits for memory: peaks alone would make an L4 of 72 W as fast as a 4090
        return sqrt(arithmetic * machine.bandwidth_gb_s / row.bandwidth_gb_s)
    costs = {"fp32": _FP32_COST}
    precision = costs.get(row.precision, 1.0) / costs.get(load.precision, 1.0)
    return precision * machine.threads / (row.threads or machine.threads)


def _parallel_gain(load: Load) -> float:
    """How much faster several GPUs are than one, all of them on one step."""
    return load.parallel.world_size * (_PARALLEL_SHARE if load.parallel.world_size > 1 else 1.0)


def _launch_bound(load: Load, machine: Machine) -> float:
    """Tokens a second that a GPU cannot pass, however small the model, as each layer must be launched."""
    if machine.accelerator == "cpu":
        return inf
    tokens = load.sequence_tokens * load.micro_batch_size
    return tokens / (load.dimensions.layers * _CUDA_LAYER_SECONDS)
