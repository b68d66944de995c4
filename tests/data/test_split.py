"""Splits hold by content: no input in two of them, labels in proportion, later rows move little."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapper.data.normalise import input_key
from wrapper.data.rows import Message, Row, make_row
from wrapper.data.split import default_test_rows, default_validation_rows, sample, split
from wrapper.errors import BadInput


def rows_of(texts: list[str], labels: int = 1) -> list[Row]:
    return [
        make_row((Message(role="user", content=text),), f"label {number % labels}", file="f", line=number + 1)
        for number, text in enumerate(texts)
    ]


TEXTS = ["a", "A!", "b", "b?", "c", "d", "e", "f-g", "F_g", "h"]
ROWS = rows_of([f"text {number}" for number in range(200)], labels=4)


def test_sizes_and_proportions() -> None:
    parts = split(ROWS, validation_rows=20, test_rows=40, seed=0, labels=True)
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (140, 20, 40)
    for part, share in ((parts.train, 35), (parts.validation, 5), (parts.test, 10)):
        assert set(Counter(row.answer for row in part).values()) == {share}


def test_neither_order_nor_place_matters_but_the_seed_does() -> None:
    shuffled = random.Random(1).sample(ROWS, len(ROWS))
    ids = [
        {row.row_id for row in split(rows, validation_rows=20, test_rows=40, seed=seed, labels=True).test}
        for rows, seed in ((ROWS, 0), (shuffled, 0), (ROWS, 1))
    ]
    assert ids[0] == ids[1] != ids[2]


def test_rows_added_later_leave_most_test_rows_in_test() -> None:
    before = split(ROWS, validation_rows=20, test_rows=40, seed=0, labels=False)
    more = ROWS + rows_of([f"new {number}" for number in range(20)])
    after = split(more, validation_rows=20, test_rows=40, seed=0, labels=False)
    kept = {row.row_id for row in before.test} & {row.row_id for row in after.test}
    newcomers = [row for row in after.test if row.input_text.startswith("new")]
    assert len(kept) == 40 - len(newcomers)


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(TEXTS), min_size=4, max_size=40),
    st.integers(0, 5),
    st.booleans(),
)
def test_no_input_stands_in_two_splits_and_no_row_is_lost(texts, seed, labels) -> None:
    rows = rows_of(texts, labels=3)
    parts = split(rows, validation_rows=1, test_rows=2, seed=seed, labels=labels)
    keys = [{input_key(row) for row in part} for part in (parts.train, parts.validation, parts.test)]
    assert not (keys[0] & keys[1] or keys[0] & keys[2] or keys[1] & keys[2])
    assert sorted(row.line for part in (parts.train, parts.validation, parts.test) for row in part) == list(
        range(1, len(rows) + 1)
    )
    assert len(parts.test) <= 2


def test_train_keeps_every_label() -> None:
    rows = rows_of([f"text {number}" for number in range(30)], labels=3)
    rare = make_row((Message(role="user", content="rare"),), "rare", file="f", line=99)
    for seed in range(10):
        parts = split([*rows, rare], validation_rows=6, test_rows=15, seed=seed, labels=True)
        assert "rare" in {row.answer for row in parts.train}


def test_a_sample_is_stratified_and_in_file_order() -> None:
    chosen = sample(ROWS, 20, seed=3, labels=True)
    assert Counter(row.answer for row in chosen) == {f"label {number}": 5 for number in range(4)}
    assert [row.line for row in chosen] == sorted(row.line for row in chosen)
    assert sample(ROWS, 500, seed=3, labels=True) == tuple(ROWS)


def test_more_than_there_is_is_bad_input() -> None:
    with pytest.raises(BadInput, match="20 validation and 180 test rows of 200 leave none"):
        split(ROWS, validation_rows=20, test_rows=180, seed=0, labels=False)


@pytest.mark.parametrize(
    ("rows", "test", "validation"),
    [(30, 10, 3), (150, 40, 15), (500, 100, 50), (1000, 200, 100), (10_000, 200, 100)],
)
def test_default_sizes(rows, test, validation) -> None:
    assert (default_test_rows(rows), default_validation_rows(rows)) == (test, validation)
