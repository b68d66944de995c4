"""Text compared strictly and leniently."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper.evaluation.graders import get_grader
from wrapper.evaluation.graders.text import lenient


@pytest.mark.parametrize(
    ("response", "gold", "strict", "loose"),
    [
        ("Paris", "Paris", 1, 1),
        (" Paris\n", "Paris", 1, 1),
        ("paris.", "Paris", 0, 1),
        ('"Paris"', "Paris", 0, 1),
        ("“Paris”.", "Paris", 0, 1),
        ("```\nParis\n```", "Paris", 0, 1),
        ("```text\nNew\n  York\n```\n", "new york", 0, 1),
        ("New  York", "New York", 0, 1),
        ("STRASSE", "straße", 0, 1),
        ("<think>London? No.</think>Paris", "Paris", 0, 1),
        ("<think>Paris, I would say", "Paris", 0, 0),
        ("Paris, France", "Paris", 0, 0),
        ("", "Paris", 0, 0),
        ("?", "!", 0, 0),
        ("", "!", 0, 0),
        ("Don't", "Dont", 0, 0),
        ("it’s", "it's", 0, 1),
        ("‘Paris’", "Paris", 0, 1),
        ("„Paris“", "Paris", 0, 1),
        ("**Paris**", "Paris", 0, 1),
        ("**Paris.**", "Paris", 0, 1),
        ("*Paris*", "Paris", 0, 1),
        ("***Paris***", "Paris", 0, 1),
        ("**New** York", "New York", 0, 1),
        ("2**3**4", "234", 0, 0),
        ("f(**a, **b)", "f(a, b)", 0, 0),
        ("10²", "102", 0, 0),
        ("102", "10²", 0, 0),
        ("10²", "10²", 1, 1),
        ("CO₂", "CO2", 0, 1),
        ("1½", "11/2", 0, 0),
        ("Ｐａｒｉｓ １０", "Paris 10", 0, 1),
        ("cafe\u0301", "caf\u00e9", 1, 1),
        ("a\r\nb", "a\nb", 1, 1),
        ("a\nb", "a b", 0, 1),
        ("10²", "10^2", 0, 0),
    ],
)
def test_text(response: str, gold: str, strict: int, loose: int) -> None:
    assert get_grader("exact_match").grade(response, gold).score == strict
    assert get_grader("exact_match_lenient").grade(response, gold).score == loose


@given(st.text())
def test_lenient_is_settled_after_one_pass(text: str) -> None:
    folded = lenient(text)
    if "```" not in folded:
        assert lenient(folded) == folded


@given(st.text(min_size=1))
def test_lenient_never_folds_an_answer_to_nothing(text: str) -> None:
    if text.strip() and "```" not in text:
        assert lenient(text)
