"""What is changed where memory runs out: the step stays the same as long as it can."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from wrapper.plan.relief import relieved


def test_fewer_rows_at_once_then_checkpointing_then_a_shorter_cap(plan_with) -> None:
    plan = replace(plan_with(), micro_batch_size=4, gradient_accumulation_steps=2, sequence_tokens=176)
    words = []
    while (relief := relieved(plan)) is not None and len(words) < 6:
        assert relief.drops_rows == (relief.plan.sequence_tokens < plan.sequence_tokens)
        plan = relief.plan
        words.append(relief.words)
    assert words == [
        "2 rows at once in place of 4, 4 times a step: still 8 rows a step",
        "1 rows at once in place of 2, 8 times a step: still 8 rows a step",
        "activations are computed again in the backward pass (gradient checkpointing), a third slower",
        "the cap falls from 176 to 128 tokens, and longer rows are left out",
        "the cap falls from 128 to 96 tokens, and longer rows are left out",
        "the cap falls from 96 to 72 tokens, and longer rows are left out",
    ]
    assert relieved(plan) is None


def test_only_what_is_said_is_changed(plan_with) -> None:
    plan = plan_with()
    changed = relieved(plan).plan  # type: ignore[union-attr]
    same = replace(
        changed,
        micro_batch_size=plan.micro_batch_size,
        gradient_accumulation_steps=plan.gradient_accumulation_steps,
    )
    assert same == plan


def test_the_rows_of_a_step_stay(plan_with) -> None:
    plan = plan_with()

    @given(micro=st.integers(2, 64), accumulation=st.integers(1, 16))
    def check(micro: int, accumulation: int) -> None:
        relief = relieved(replace(plan, micro_batch_size=micro, gradient_accumulation_steps=accumulation))
        assert relief is not None
        assert relief.plan.micro_batch_size * relief.plan.gradient_accumulation_steps == micro * accumulation
        assert relief.plan.micro_batch_size <= micro / 2

    check()
