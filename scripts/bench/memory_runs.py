"""What the memory model says of runs whose memory was measured, and what a peer's formula says of them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from wrapper.plan.dimensions import Dimensions
from wrapper.plan.estimate import memory_range, stack_basis
from wrapper.plan.memory import Load, memory_of
from wrapper.presets.memory_runs import MemoryRun, load_memory_runs, model_dimensions
from wrapper.presets.stacks import load_stacks

_NAMES = ("q", "k", "v", "o", "gate", "up", "down")


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """GiB: measured, the likely peak, and the high end."""

    run: MemoryRun
    parameters: int
    likely: float
    high: float

    @property
    def error(self) -> float:
        return self.likely / self.run.peak_gib - 1

    @property
    def held_out(self) -> bool:
        return self.run.model not in load_stacks()[self.run.stack].fitted_on


def predictions() -> list[Prediction]:
    """One for each run that the project has."""
    return [predict(run) for run in load_memory_runs()]


def predict(run: MemoryRun) -> Prediction:
    dimensions = dimensions_of(run.model)
    load = Load(
        dimensions=dimensions,
        stack=load_stacks()[run.stack],
        method=run.method,
        precision="bf16",
        optimizer=run.optimizer,
        lora_r=run.lora_r or 1,
        sequence_tokens=run.sequence_tokens,
        micro_batch_size=run.micro_batch,
        gradient_checkpointing=run.gradient_checkpointing,
        adapter_parameters=_adapter(dimensions, run),
    )
    likely = memory_of(load, runtime_gib=load.stack.device_gib if run.measured == "device" else 0.0).total_gib
    return Prediction(
        run=run, parameters=dimensions.parameters, likely=likely, high=memory_range(likely, stack_basis(load)).high
    )


def dimensions_of(model: str) -> Dimensions:
    """Of a model in presets/memory/models.yaml."""
    facts = dict(model_dimensions()[model])
    facts.pop("parameters")
    return Dimensions(max_positions=1, **facts)  # type: ignore[arg-type]  # whole numbers and yes or no, by name


def _adapter(dimensions: Dimensions, run: MemoryRun) -> int | None:
    """Numbers of an adapter on some of the linear layers; None where it is on all."""
    if run.lora_targets in ("", "all"):
        return None
    shapes = dict(zip(_NAMES, dimensions.linear_shapes, strict=True))
    return dimensions.layers * run.lora_r * sum(sum(shapes[name]) for name in run.lora_targets.split(","))


def summary(found: Sequence[Prediction], error: Callable[[Prediction], float]) -> dict[str, float | int]:
    """Of the relative errors: the median, how many are at most 20 %, and the largest."""
    errors = sorted(abs(error(one)) for one in found)
    return {
        "runs": len(errors),
        "median": round(statistics.median(errors), 3),
        "within_20_percent": round(sum(one <= 0.2 for one in errors) / len(errors), 3),
        "largest": round(errors[-1], 3),
    }


def with_high_end(found: Sequence[Prediction]) -> dict[str, float | int]:
    """The same of our own, and how far a measured peak lies over the high end at most (under 0: none does)."""
    furthest = max(one.run.peak_gib / one.high - 1 for one in found)
    return {**summary(found, lambda one: one.error), "furthest_over_the_high_end": round(furthest, 3)}


def grouped(found: Iterable[Prediction], key: Callable[[Prediction], str]) -> dict[str, list[Prediction]]:
    groups: dict[str, list[Prediction]] = {}
    for one in found:
        groups.setdefault(key(one), []).append(one)
    return dict(sorted(groups.items()))
