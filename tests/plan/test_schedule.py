"""Epochs, steps, evaluations and saves."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper.plan.schedule import effective_batch, schedule
from wrapper.spec.fields import Overrides

counts = st.integers(min_value=1, max_value=100_000)
small = st.integers(min_value=1, max_value=16)


@given(counts, small, small)
def test_steps_cover_rows_times_epochs(rows, micro, accumulation):
    found = schedule(rows, micro, accumulation, Overrides(), validates=True)
    assert found.steps * micro * accumulation >= rows * found.epochs
    assert found.steps <= found.epochs * (rows / (micro * accumulation) + 2)


@given(counts, small)
def test_at_least_64_steps_or_three_epochs_and_never_an_epoch_too_many(rows, micro):
    found = schedule(rows, micro, 1, Overrides(), validates=False)
    an_epoch = ceil(rows / micro)
    assert found.steps >= 64 or found.epochs == 3
    assert found.epochs == 1 or found.steps - an_epoch < 64


@given(counts, small, st.floats(min_value=0.01, max_value=20))
def test_an_override_of_epochs_is_kept(rows, micro, epochs):
    found = schedule(rows, micro, 1, Overrides(epochs=epochs), validates=False)
    assert found.epochs == epochs
    assert found.steps == max(1, ceil(epochs * ceil(rows / micro)))
    assert found.reasons["epochs"] == "set by you"


@given(counts, small, counts)
def test_an_override_of_steps_is_kept(rows, micro, steps):
    found = schedule(rows, micro, 1, Overrides(max_steps=steps), validates=True)
    assert found.steps == steps
    assert found.epochs == pytest.approx(steps / ceil(rows / micro))
    assert min(steps, 2) <= found.warmup_steps <= steps
    assert 1 <= found.save_steps <= steps
    assert found.eval_steps is not None
    assert found.eval_steps <= steps
    assert steps < 4 or 4 <= steps // found.eval_steps <= 7
    assert found.save_steps == found.eval_steps  # the best evaluation has a checkpoint


@pytest.mark.parametrize(
    ("rows", "epochs", "steps"), [(700, 1, 88), (512, 1, 64), (511, 1, 64), (300, 2, 76), (20, 3, 9)]
)
def test_epochs_of_small_data(rows, epochs, steps):
    found = schedule(rows, 8, 1, Overrides(), validates=False)
    assert (found.epochs, found.steps, found.eval_steps) == (epochs, steps, None)


@pytest.mark.parametrize(("rows", "batch"), [(1, 8), (1999, 8), (2000, 16)])
def test_rows_a_step(rows, batch):
    assert effective_batch(rows) == batch
