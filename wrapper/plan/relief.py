"""What to change in a plan that ran out of memory: the least that may help, said in words."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wrapper.plan.plan import Plan

MOST_TRIES = 3
_SHORTER = 0.75
_MULTIPLE = 8  # matrix products are fastest on multiples of 8
_LEAST_TOKENS = 64


@dataclass(frozen=True, kw_only=True)
class Relief:
    """A plan that needs less memory, and what it does otherwise; `drops_rows` if fewer rows may be trained."""

    plan: Plan
    words: str
    drops_rows: bool = False


def relieved(plan: Plan) -> Relief | None:
    """Half the rows at once for the same rows a step; else checkpointing; else a shorter cap; else None."""
    if plan.micro_batch_size > 1:
        return _fewer_rows_at_once(plan)
    if not plan.gradient_checkpointing:
        words = "activations are computed again in the backward pass (gradient checkpointing), a third slower"
        return Relief(plan=replace(plan, gradient_checkpointing=True), words=words)
    tokens = int(plan.sequence_tokens * _SHORTER) // _MULTIPLE * _MULTIPLE
    if tokens < _LEAST_TOKENS:
        return None
    words = f"the cap falls from {plan.sequence_tokens} to {tokens} tokens, and longer rows are left out"
    return Relief(plan=replace(plan, sequence_tokens=tokens), words=words, drops_rows=True)


def _fewer_rows_at_once(plan: Plan) -> Relief:
    """The largest micro-batch of at most half that makes the same step."""
    step = plan.micro_batch_size * plan.gradient_accumulation_steps
    micro = next(size for size in range(plan.micro_batch_size // 2, 0, -1) if step % size == 0)
    changed = replace(plan, micro_batch_size=micro, gradient_accumulation_steps=step // micro)
    words = (
        f"{micro} rows at once in place of {plan.micro_batch_size}, "
        f"{changed.gradient_accumulation_steps} times a step: still {step} rows a step"
    )
    return Relief(plan=changed, words=words)
