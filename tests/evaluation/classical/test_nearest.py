"""Slots: the parts of a neighbour's answer that are exchanged."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper.evaluation.classical.nearest import adapted


@pytest.mark.parametrize(
    ("answer", "source", "target", "expected"),
    [
        (
            "SELECT population FROM country WHERE name = 'France' AND year = 1990",
            "What was the population of France in 1990?",
            "What was the population of New Zealand in 2001?",
            "SELECT population FROM country WHERE name = 'New Zealand' AND year = 2001",
        ),
        (
            '{"vendor": "Acme Inc", "n": 3}',
            "pay Acme Inc now",
            'please pay Müller & "Söhne" now',
            '{"vendor": "Müller & \\"Söhne\\"", "n": 3}',
        ),
        ("billing", "my invoice is wrong", "my bill is wrong", "billing"),
        ("Oslo", "fly to Oslo", "fly to oslo", "Oslo"),
        ("Oslo", "fly to Oslo", "fly", "Oslo"),
        ("", "", "anything", ""),
    ],
)
def test_adapted(answer: str, source: str, target: str, expected: str) -> None:
    assert adapted(answer, source, target) == expected


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_same_input_keeps_the_answer(answer: str, text: str) -> None:
    try:
        json.loads(answer)
    except ValueError:
        assert adapted(answer, text, text) == answer


TEXT = st.text(max_size=30)


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=8), max_size=3), TEXT, TEXT)
def test_json_stays_json_with_its_keys(answer: dict[str, str], source: str, target: str) -> None:
    assert json.loads(adapted(json.dumps(answer), source, target)).keys() == answer.keys()
