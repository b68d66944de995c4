"""The cap on a row's length."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper.errors import BadInput
from wrapper.plan.lengths import lengths_of

rows = st.lists(st.integers(min_value=1, max_value=5000), min_size=1)


def lengths(train, validation=(), context=8192, override=None, packing=False):
    return lengths_of(train, validation, max_positions=context, override=override, packing=packing)


@given(rows, st.lists(st.integers(min_value=1, max_value=5000)))
def test_without_a_cap_every_row_fits_with_less_than_8_to_spare(train, validation):
    found = lengths(train, validation)
    assert found.train == tuple(train)
    assert found.train_over == found.validation_over == 0
    assert 0 <= found.sequence_tokens - max([*train, *validation]) < 8
    assert found.sequence_tokens % 8 == 0


def test_the_models_context_caps():
    found = lengths([100, 3000], [2500], context=2048)
    assert (found.sequence_tokens, found.train, found.train_over, found.validation_over) == (
        2048,
        (100,),
        1,
        1,
    )


def test_an_override_is_kept_as_it_is():
    found = lengths([100, 300], override=130)
    assert (found.sequence_tokens, found.train_over, found.reason) == (130, 1, "set by you")


def test_an_override_beyond_the_context_is_not():
    assert lengths([100], context=2048, override=4096, packing=True).sequence_tokens == 2048


def test_an_override_beyond_every_row_is_corrected():
    found = lengths([100, 500], override=4096)
    assert found.sequence_tokens == 504
    assert found.reason == "longest row, 500 tokens: the 4096 set by you would hold memory for nothing"
    assert lengths([100, 500], override=4096, packing=True).sequence_tokens == 4096


def test_no_row_left():
    with pytest.raises(BadInput, match="every training row is longer than 50 tokens"):
        lengths([100, 300], override=50)


def test_no_row_at_all():
    with pytest.raises(BadInput, match="no training rows"):
        lengths([])
