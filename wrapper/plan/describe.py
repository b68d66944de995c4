"""A plan as text that a person reads, and as a document that a program reads."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from wrapper.plan.plan import Plan, Range

_SHOWN = (
    "precision",
    "attention",
    "sequence_tokens",
    "micro_batch_size",
    "gradient_accumulation_steps",
    "epochs",
    "steps",
    "learning_rate",
    "lr_scheduler",
    "warmup_steps",
    "weight_decay",
    "optimizer",
    "lora_r",
    "lora_alpha",
    "lora_dropout",
    "gradient_checkpointing",
    "sample_packing",
    "eval_steps",
    "save_steps",
    "early_stopping_patience",
    "seed",
    "threads",
)
_LORA_ONLY = frozenset(("lora_r", "lora_alpha", "lora_dropout"))


def describe(plan: Plan, *, priced: bool = True) -> list[str]:
    """Lines: what would be trained, each number with its reason, the estimate, the objections.

    Without a price of the device the dollars are not known.
    """
    lines = [f"{plan.method} of {plan.model_name} with {plan.backend} on {plan.accelerator}{_besides(plan)}", ""]
    rows = [
        (key, _value(getattr(plan, key)), plan.reasons.get(key, ""))
        for key in _SHOWN
        if plan.method != "full" or key not in _LORA_ONLY
    ]
    wide, values = max(len(key) for key, _, _ in rows), max(len(value) for _, value, _ in rows)
    lines += [f"{key:<{wide}}  {value:<{values}}  {reason}".rstrip() for key, value, reason in rows]
    lines += ["", *_estimate(plan, priced=priced)]
    if plan.objections:
        lines += ["", "objections", *(f"  {objection}" for objection in plan.objections)]
    return lines


def _besides(plan: Plan) -> str:
    """What the spec asks for beyond the usual."""
    parallel = plan.parallel
    gpus = f"{parallel.gpus} x {parallel.nodes} GPUs, sharding {parallel.sharding}"
    asked = [
        *([plan.lora_variant] if plan.lora_variant != "standard" else []),
        *(["raw text"] if plan.objective == "text" else []),
        *plan.kernels,
        *([gpus] if parallel.world_size > 1 else []),
    ]
    return f" ({', '.join(asked)})" if asked else ""


def as_document(plan: Plan, *, priced: bool = True) -> dict[str, Any]:
    """The plan as plain values, for `--json`; dollars that nobody knows are None."""
    document = {"version": 1, **asdict(plan), "reasons": dict(plan.reasons)}
    if not priced:
        document["estimate"]["usd"] = None
    return document


def _estimate(plan: Plan, *, priced: bool) -> list[str]:
    estimate = plan.estimate
    minutes = Range(
        low=estimate.seconds.low / 60,
        likely=estimate.seconds.likely / 60,
        high=estimate.seconds.high / 60,
    )
    shown = (
        ("memory, GiB", estimate.memory_gib, 1),
        ("time, minutes", minutes, 1),
        ("price, dollars", estimate.usd, 3),
    )
    lines = [f"{'estimate':<14}  {'low':>8}  {'likely':>8}  {'high':>8}"]
    lines += [
        f"{name:<14}  {span.low:>8.{places}f}  {span.likely:>8.{places}f}  {span.high:>8.{places}f}"
        for name, span, places in (shown if priced else shown[:-1])
    ]
    if not priced:
        lines.append("price, dollars  not known: give `budget.usd_per_hour`")
    return [
        *lines,
        f"memory: {estimate.memory_basis} from {estimate.memory_detail}",
        f"time: {estimate.basis} from {estimate.basis_detail}",
    ]


def _value(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
