"""The micro-batch that fits: as many rows at once as the memory takes, checkpointing where it must be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import ceil

from wrapper.plan.memory import Load
from wrapper.spec.fields import Overrides


@dataclass(frozen=True, kw_only=True)
class Batch:
    """`load` is what is held at once; `memory_gib` its likely peak; `reasons` one for each number."""

    load: Load
    accumulation: int
    memory_gib: float
    fits: bool
    reasons: dict[str, str]


def choose_batch(
    load: Load,
    overrides: Overrides,
    *,
    effective: int,
    memory_gib: float,
    headroom: float,
    peak_gib: Callable[[Load], float],
) -> Batch:
    """The largest micro-batch whose memory (`peak_gib`), times `headroom`, fits; without checkpointing if possible."""
    tried = [
        replace(
            load,
            micro_batch_size=micro,
            gradient_checkpointing=checkpointing,
            accumulates=_accumulation(micro, load, overrides, effective) > 1,
        )
        for checkpointing in (False, True)
        for micro in _micro_batches(max(1, effective // load.parallel.replicas), overrides)
    ]
    peaks = [peak_gib(each) for each in tried]
    fitting = [index for index, peak in enumerate(peaks) if peak * headroom <= memory_gib]
    chosen = fitting[0] if fitting else len(tried) - 1
    load = tried[chosen]
    accumulation = _accumulation(load.micro_batch_size, load, overrides, effective)
    return Batch(
        load=load,
        accumulation=accumulation,
        memory_gib=peaks[chosen],
        fits=peaks[chosen] <= memory_gib,
        reasons=_reasons(load, overrides, effective, bool(fitting), memory_gib),
    )


def _accumulation(micro: int, load: Load, overrides: Overrides, effective: int) -> int:
    """Micro-batches a step."""
    return overrides.gradient_accumulation_steps or max(1, ceil(effective / (micro * load.parallel.replicas)))


def _micro_batches(effective: int, overrides: Overrides) -> Iterator[int]:
    if overrides.micro_batch_size is not None:
        yield overrides.micro_batch_size
        return
    micro = max(1, effective // (overrides.gradient_accumulation_steps or 1))
    while micro >= 1:
        yield micro
        micro //= 2


def _reasons(
    load: Load, overrides: Overrides, effective: int, fits: bool, memory_gib: float
) -> dict[str, str]:
    room = f"within {memory_gib:.1f} GiB"
    micro = f"as many of {effective} rows as fit {room}"
    if not fits:
        micro = f"the fewest there are: with room to spare not even they fit {room}"
    elif load.micro_batch_size >= effective:
        micro = f"all rows of a step fit {room}"
    if overrides.micro_batch_size is not None:
        micro = "set by you"
    checkpointing = f"fits {room} without it, and it would cost a third more time"
    if load.gradient_checkpointing:
        checkpointing = f"does not fit {room} without it"
    accumulation = f"makes {effective} rows a step"
    if overrides.gradient_accumulation_steps is not None:
        accumulation = "set by you"
    return {
        "micro_batch_size": micro,
        "gradient_accumulation_steps": accumulation,
        "gradient_checkpointing": checkpointing,
    }
