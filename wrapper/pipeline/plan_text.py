"""The outlook of a plan and the ladder of models, as lines that a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wrapper.pipeline.model_ladder import Rung
    from wrapper.pipeline.outlook import OtherGpu, Outlook, Served
    from wrapper.plan.plan import Range

_GPUS_SHOWN = 4


def outlook_lines(found: Outlook, *, priced: bool) -> Iterator[str]:
    """Other GPUs, the price of all rungs, and serving; dollars only where the device has a price."""
    ladder = found.ladder
    spent = f", {_dollars(ladder.usd)}" if priced else ""
    rungs = ", ".join(f"{rung.name} {rung.seconds.likely / 60:.1f}" for rung in ladder.rungs)
    yield ""
    yield f"the whole ladder: {_minutes(ladder.seconds)}{spent} (minutes: {rungs}; {ladder.basis})"
    if found.other_gpus:
        yield "the training alone on rented GPUs that it fits, cheapest first:"
        yield from (f"  {_gpu(one)}" for one in found.other_gpus[:_GPUS_SHOWN])
    else:
        yield "no single GPU with a known price holds this training"
    if found.served:
        yield from _served(found.served)


def ladder_lines(rungs: Sequence[Rung]) -> Iterator[str]:
    """One line a size, the next step marked."""
    yield "smallest first; each step only if the one below failed its evaluation:"
    for rung in rungs:
        mark = "->" if rung.is_next else "  "
        price = _gpu(rung.cheapest) if rung.cheapest else "fits no single GPU with a known price"
        told = f"tried: {rung.tried}" if rung.tried else price
        others = f" (and {rung.others} more of this size)" if rung.others else ""
        yield f"{mark} {rung.size:<9} {rung.model}, {rung.parameters / 1e9:.1f}B{others}: {told}"
    chosen = next((rung for rung in rungs if rung.is_next), None)
    if chosen:
        yield f"next: `model: {{preset: {chosen.model}}}`, then `thriftune run`"


def _served(served: Served) -> Iterator[str]:
    serving, payback = served.serving, served.payback
    if serving.usd_per_1000 is None or serving.latency_ms is None:
        return
    yield (
        f"serving on {serving.gpus} x {served.gpu} ({served.price.provider}, ${served.price.usd_per_hour:g}/h): "
        f"${serving.usd_per_1000.likely:.4f} per 1,000 requests when busy, "
        f"${serving.usd_per_month_always_on:,.0f} a month always on; one request alone "
        f"{serving.latency_ms.likely:,.0f} ms ({serving.latency_ms.low:,.0f} to {serving.latency_ms.high:,.0f}; "
        f"{serving.latency_basis})"
    )
    hosted = f"`{served.api.name}` asks ${payback.api_usd_per_month:,.2f} a month for the same volume"
    if payback.months is not None:
        yield f"{hosted}: training is paid back in {payback.months:.1f} months"
    elif payback.requests_per_month is not None:
        yield f"{hosted}: an own GPU pays from about {payback.requests_per_month:,.0f} requests a month"
    else:
        yield f"{hosted}: an own GPU that is always on never pays against it"


def _gpu(one: OtherGpu) -> str:
    return (
        f"{one.gpu} ({one.price.provider}, {one.price.tier}, ${one.price.usd_per_hour:g}/h): "
        f"{_minutes(one.seconds)}, {_dollars(one.usd)}, {one.memory_gib.likely:.1f} GiB"
    )


def _minutes(span: Range) -> str:
    return f"{span.likely / 60:.1f} min ({span.low / 60:.1f} to {span.high / 60:.1f})"


def _dollars(span: Range) -> str:
    return f"${span.likely:.3f} ({span.low:.3f} to {span.high:.3f})"
