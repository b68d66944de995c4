"""What a run should take: memory, seconds and dollars, each as low, likely and high."""

from __future__ import annotations

from collections.abc import Sequence

from wrapper.plan.dimensions import Dimensions
from wrapper.plan.memory import Load
from wrapper.plan.plan import Basis, Estimate, Range
from wrapper.plan.schedule import Schedule
from wrapper.plan.speed import Speed

_TIME_FACTORS: dict[Basis, tuple[float, float]] = {"measured": (0.8, 1.4), "extrapolated": (0.6, 1.8)}
_MEMORY_FACTORS: dict[Basis, tuple[float, float]] = {"measured": (0.85, 1.2), "extrapolated": (0.8, 1.3)}
_FORWARD_SHARE = 0.5  # a forward pass alone, of a step that has no gradients of frozen weights
_ADAPTER_SAVE_SECONDS = 1.0
_DISK_BYTES_A_SECOND = 5e8


def tokens_of(plan: Schedule, *, train: Sequence[int], validation: Sequence[int]) -> float:
    """Tokens of rows in all passes, those of the evaluations by what they cost of a training token."""
    evaluations = plan.steps // plan.eval_steps if plan.eval_steps else 0
    return sum(train) * plan.epochs + evaluations * sum(validation) * _FORWARD_SHARE


def seconds_of(plan: Schedule, speed: Speed, dimensions: Dimensions, *, method: str, tokens: float) -> float:
    """Start-up, the `tokens_of` all passes and evaluations, and the saves."""
    saves = plan.steps // plan.save_steps
    save_seconds = _ADAPTER_SAVE_SECONDS
    if method == "full":
        save_seconds += dimensions.parameters * 2 / _DISK_BYTES_A_SECOND
    return speed.startup_seconds + tokens / speed.tokens_per_second + saves * save_seconds


def memory_basis(load: Load, speed: Speed) -> Basis:
    """On one GPU a stack's own runs tell of all models of the Llama kind; a processor's memory of its own runs only."""
    return stack_basis(load) if speed.accelerator == "cuda" else speed.basis


def stack_basis(load: Load) -> Basis:
    """Were runs of this stack measured whose memory can be told to this one? Gemma's layers, say, hold more."""
    dimensions = load.dimensions
    alike = dimensions.norms_per_layer == 2 and not dimensions.is_mixture and load.method != "lora_8bit"
    known = alike and load.parallel.world_size == 1 and bool(load.stack.fitted_on)
    return "measured" if known else "extrapolated"


def memory_headroom(basis: Basis) -> float:
    """The high end of a memory estimate over the likely one: what has to fit."""
    return _MEMORY_FACTORS[basis][1]


def time_range(seconds: float, speed: Speed) -> Range:
    """The likely seconds with what they may be off by."""
    return _spread(seconds, *_TIME_FACTORS[speed.basis])


def dollars(time: Range, usd_per_hour: float) -> Range:
    """What so many seconds cost."""
    hourly = usd_per_hour / 3600
    return Range(low=time.low * hourly, likely=time.likely * hourly, high=time.high * hourly)


def memory_range(likely: float, basis: Basis) -> Range:
    """The likely peak with what it may be off by."""
    return _spread(likely, *_MEMORY_FACTORS[basis])


def estimate_of(
    *, load: Load, memory_gib: float, seconds: float, usd_per_hour: float, speed: Speed, tokens: float
) -> Estimate:
    time = time_range(seconds, speed)
    known = memory_basis(load, speed)
    return Estimate(
        memory_gib=memory_range(memory_gib, known),
        seconds=time,
        usd=dollars(time, usd_per_hour),
        tokens=tokens,
        basis=speed.basis,
        basis_detail=speed.detail,
        memory_basis=known,
        memory_detail=f"coefficients of {load.stack.title}" if speed.accelerator == "cuda" else speed.detail,
    )


def _spread(likely: float, low: float, high: float) -> Range:
    return Range(low=likely * low, likely=likely, high=likely * high)
