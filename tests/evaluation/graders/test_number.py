"""Final numbers of worked answers."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper.evaluation.graders import get_grader
from wrapper.evaluation.graders.number import final_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Natalia sold 48/2 = <<48/2=24>>24 clips in May.\n#### 72", "72"),
        ("#### 72\nThat took 3 steps", "72"),
        ("#### 1\nno, wait\n#### 2", "2"),
        (r"so it is \boxed{42}, as in 7 others", "42"),
        (r"she pays \$18", "18"),
        ("The answer is $1,234.50.", "1234.5"),
        ("1.234,50 €", "1234.5"),
        ("1.234.567", "1234567"),
        ("1'000", "1000"),
        ("12\u202f345,6", "12345.6"),
        ("70,000 dollars", "70000"),
        ("It costs 12,50 EUR", "12.5"),
        ("0,125", "0.125"),
        ("(1,2,3)", "3"),
        ("1, 2, 3", "3"),
        ("50%", "50"),
        ("-5", "-5"),
        ("−5", "-5"),
        ("-$5", "-5"),
        ("$-5", "-5"),
        ("10-5", "5"),
        ("$5–$10", "10"),
        (".5", "0.5"),
        ("**72**.", "72"),
        ("3/4", "0.75"),
        ("5/0", "5"),
        ("1e3", "1000"),
        ("In Q3 it was 5 for Q4", "5"),
        ("Q3", "3"),
        ("<think>5 or 6</think>The answer is 7", "7"),
    ],
)
def test_final_number(text: str, number: str) -> None:
    assert final_number(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "seventy-two", "####", "<think>12", "-", "$"])
def test_no_number(text: str) -> None:
    assert final_number(text) is None
    assert get_grader("number").grade(text, "72").score == 0
    assert get_grader("number").grade("72", text).score is None


@pytest.mark.parametrize(
    ("response", "gold", "score"),
    [
        ("72.0", "72", 1),
        ("0.30000000000000004", "0.3", 1),
        ("72.001", "72", 0),
        ("2000001", "2000000", 0),
        ("9" * 5000, "9", 0),
        ("1e999", "1", 0),
    ],
)
def test_number(response: str, gold: str, score: int) -> None:
    assert get_grader("number").grade(response, gold).score == score


@given(st.integers(-(10**12), 10**12))
def test_integers_read_back_however_they_are_grouped(value: int) -> None:
    assert final_number(f"The answer is {value}.") == value
    assert final_number(f"The answer is {value:,}.") == value


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    assert get_grader("number").grade(text, "1").score in (0, 1)
