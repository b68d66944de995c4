"""What one step of any backend's config takes, on each GPU that is known: memory, seconds, dollars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import inf

from wrapper.plan.config_shape import NotEstimated, Shape
from wrapper.plan.dimensions import Dimensions
from wrapper.plan.estimate import dollars, estimate_of, time_range
from wrapper.plan.machine import Machine
from wrapper.plan.memory import Load, memory_of
from wrapper.plan.plan import Estimate, Range
from wrapper.plan.speed import Speed, speed_of
from wrapper.presets.gpu import GpuPreset
from wrapper.presets.measured import Measured
from wrapper.presets.stacks import stack_of


@dataclass(frozen=True, kw_only=True)
class ConfigEstimate:
    """`fits` are GPU presets, cheapest first. What needs a GPU, a price or a number of steps is None without it."""

    memory_gib: Range
    memory_basis: str
    basis: str
    fits: tuple[str, ...]
    gpu: str | None = None
    seconds_per_step: Range | None = None
    usd_per_step: Range | None = None
    usd: Range | None = None


def estimate_config(
    shape: Shape,
    dimensions: Dimensions,
    *,
    model_name: str,
    backend: str,
    gpus: Sequence[GpuPreset],
    gpu: str | None,
    measured: Sequence[Measured],
) -> ConfigEstimate:
    """One GPU trains; every row is as long as the config allows, so that the peak is that of the worst step.

    Raises NotEstimated for numbers that no step can have, and where no GPU can compute in the precision asked for.
    """
    _check(shape)
    ranked = sorted(gpus, key=lambda preset: (preset.cheapest_usd_per_hour or inf, preset.name))
    able = {preset.name: preset for preset in ranked if _computes(shape, preset)}
    if gpu is not None and gpu not in able:
        raise NotEstimated(f"{gpu} does not compute in {shape.precision}")
    if not able:
        raise NotEstimated(f"no GPU that is known computes in {shape.precision}")
    steps = {
        name: _step(shape, dimensions, preset, model_name=model_name, backend=backend, measured=measured)
        for name, preset in able.items()
    }
    fits = tuple(name for name, (step, _) in steps.items() if step.memory_gib.high <= able[name].memory_gib)
    step, speed = steps[gpu or next(iter(steps))]
    found = ConfigEstimate(
        memory_gib=step.memory_gib,
        memory_basis=f"{step.memory_basis} from {step.memory_detail}",
        basis=f"{step.basis} from {step.basis_detail}",
        fits=fits,
        gpu=gpu,
    )
    return found if gpu is None else _timed(found, shape, step, speed, able[gpu].cheapest_usd_per_hour)


def describe_estimate(found: ConfigEstimate) -> list[str]:
    """Two or three plain lines."""
    memory, fits = found.memory_gib, f"{', '.join(found.fits) or 'no GPU that is known'}"
    lines = [f"memory: about {memory.likely:.1f} GiB ({memory.low:.1f} to {memory.high:.1f}) on one GPU, all rows full"]
    if found.gpu is None:
        return [*lines, f"fits, cheapest first: {fits}"]
    lines.append(f"{'fits' if found.gpu in found.fits else 'may not fit'} {found.gpu}; fits, cheapest first: {fits}")
    if found.seconds_per_step is not None:
        lines.append(_time(found.seconds_per_step, found))
    return lines


def _time(step: Range, found: ConfigEstimate) -> str:
    text = f"a step: about {step.likely:.2f} s ({step.low:.2f} to {step.high:.2f})"
    if found.usd_per_step is not None:
        text += f", ${found.usd_per_step.likely:.5f}"
    if found.usd is not None:
        text += f"; all steps: ${found.usd.likely:.2f} ({found.usd.low:.2f} to {found.usd.high:.2f})"
    return f"{text}; {found.basis}"


def as_document(found: ConfigEstimate) -> dict[str, object]:
    """Plain values, for `--json`."""
    return {**asdict(found), "fits": list(found.fits), "not_estimated": None}


def _step(
    shape: Shape,
    dimensions: Dimensions,
    preset: GpuPreset,
    *,
    model_name: str,
    backend: str,
    measured: Sequence[Measured],
) -> tuple[Estimate, Speed]:
    precision = ("bf16" if preset.bf16 else "fp16") if shape.precision == "auto" else shape.precision
    load = Load(
        dimensions=dimensions,
        stack=stack_of(backend, shape.kernels),
        method=shape.method,
        precision=precision,
        optimizer=shape.optimizer,
        lora_r=shape.lora_r,
        sequence_tokens=shape.sequence_tokens,
        micro_batch_size=shape.micro_batch_size,
        gradient_checkpointing=shape.gradient_checkpointing,
        accumulates=shape.gradient_accumulation_steps > 1,
    )
    machine = Machine.of_gpu(preset)
    speed = speed_of(load, machine, model_name=model_name, backend=backend, measured=measured)
    tokens = shape.sequence_tokens * shape.micro_batch_size * shape.gradient_accumulation_steps
    estimate = estimate_of(
        load=load,
        memory_gib=memory_of(load, runtime_gib=speed.runtime_gib).total_gib,
        seconds=tokens / speed.tokens_per_second,
        usd_per_hour=preset.cheapest_usd_per_hour or 0.0,
        speed=speed,
        tokens=tokens,
    )
    return estimate, speed


def _timed(
    found: ConfigEstimate, shape: Shape, step: Estimate, speed: Speed, usd_per_hour: float | None
) -> ConfigEstimate:
    """With the times of a step; dollars of all steps where their number is known, from start to end."""
    total = None
    if usd_per_hour is not None and shape.steps is not None:
        seconds = speed.startup_seconds + shape.steps * step.seconds.likely
        total = dollars(time_range(seconds, speed), usd_per_hour)
    return ConfigEstimate(
        memory_gib=found.memory_gib,
        memory_basis=found.memory_basis,
        basis=found.basis,
        fits=found.fits,
        gpu=found.gpu,
        seconds_per_step=step.seconds,
        usd_per_step=None if usd_per_hour is None else step.usd,
        usd=total,
    )


def _check(shape: Shape) -> None:
    wanted = ("sequence_tokens", "micro_batch_size", "gradient_accumulation_steps")
    low = [name for name in wanted if getattr(shape, name) < 1]
    if shape.method != "full" and shape.lora_r < 1:
        low.append("lora_r")
    if low:
        raise NotEstimated(f"no positive `{low[0]}` is given")


def _computes(shape: Shape, preset: GpuPreset) -> bool:
    return shape.precision != "bf16" or preset.bf16
