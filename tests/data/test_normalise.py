"""Two inputs are one where only case, punctuation and white space differ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper.data.normalise import input_key, normalise, same_question_key


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Where's\tmy CARD?! ", "where s my card"),
        ("snake_case", "snake case"),
        ("costs £1", "costs 1"),
        ("नमस्ते, दुनिया", "नमस्ते दुनिया"),
        ("?", "?"),
        ("", ""),
    ],
)
def test_levels_case_punctuation_and_space(text: str, expected: str) -> None:
    assert normalise(text) == expected


@given(st.text())
def test_a_second_time_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@pytest.mark.parametrize(
    ("one", "other"),
    [("2+3", "2-3"), ("6*2", "6/2"), ("6 - 2", "6 * 2"), ("pay £1", "pay €1"), ("a < b", "a > b")],
)
def test_symbols_make_another_question_but_stay_in_one_split(row, one: str, other: str) -> None:
    assert same_question_key(row(one)) != same_question_key(row(other))
    assert input_key(row(one)) == input_key(row(other))


@pytest.mark.parametrize(
    ("one", "other"), [("top-up", "Top up!"), ("2 + 3 = ?", "2 + 3 ="), ("1-2", "1 - 2")]
)
def test_the_same_question(row, one: str, other: str) -> None:
    assert same_question_key(row(one)) == same_question_key(row(other))
