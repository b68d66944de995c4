"""What a run should take: memory, seconds and dollars, each as low, likely and high."""

from __future__ import annotations

from collections.abc import Sequence

from wrapper.plan.dimensions import Dimensions
from wrapper.plan.plan import Basis, Estimate, Range
from wrapper.plan.schedule import Schedule
from wrapper.plan.speed import Speed

_TIME_FACTORS: dict[Basis, tuple[float, float]] = {"measured": (0.8, 1.4), "extrapolated": (0.6, 1.8)}
MEMORY_FACTORS: dict[Basis, tuple[float, float]] = {"measured": (0.85, 1.15), "extrapolated": (0.8, 1.3)}
_FORWARD_SHARE = 0.5  # a forward pass alone, of a step that has no gradients of frozen weights
_ADAPTER_SAVE_SECONDS = 1.0
_DISK_BYTES_A_SECOND = 5e8


def seconds_of(
    plan: Schedule,
    speed: Speed,
    dimensions: Dimensions,
    *,
    method: str,
    train: Sequence[int],
    validation: Sequence[int],
) -> float:
    """Start-up, the tokens of all passes, the evaluations and the saves."""
    tokens = sum(train) * plan.epochs
    evaluations = plan.steps // plan.eval_steps if plan.eval_steps else 0
    tokens += evaluations * sum(validation) * _FORWARD_SHARE
    saves = plan.steps // plan.save_steps
    save_seconds = _ADAPTER_SAVE_SECONDS
    if method == "full":
        save_seconds += dimensions.parameters * 2 / _DISK_BYTES_A_SECOND
    return speed.startup_seconds + tokens / speed.tokens_per_second + saves * save_seconds


def estimate_of(*, memory_gib: float, seconds: float, usd_per_hour: float, speed: Speed) -> Estimate:
    low, high = _TIME_FACTORS[speed.basis]
    time = _spread(seconds, low, high)
    hourly = usd_per_hour / 3600
    return Estimate(
        memory_gib=_spread(memory_gib, *MEMORY_FACTORS[speed.basis]),
        seconds=time,
        usd=Range(low=time.low * hourly, likely=time.likely * hourly, high=time.high * hourly),
        basis=speed.basis,
        basis_detail=speed.detail,
    )


def _spread(likely: float, low: float, high: float) -> Range:
    return Range(low=likely * low, likely=likely, high=likely * high)
