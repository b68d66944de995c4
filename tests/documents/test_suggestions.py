"""did_you_mean: misspelt words find their choice, other words find none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapper.documents import did_you_mean, nearest

KEYS = (
    "lora_r",
    "lora_alpha",
    "lora_dropout",
    "learning_rate",
    "epochs",
    "micro_batch_size",
    "sequence_len",
    "seed",
)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("lora_alhpa", "lora_alpha"),
        ("lora-alpha", "lora_alpha"),
        ("Lora Alpha", "lora_alpha"),
        ("loraalpha", "lora_alpha"),
        ("alpha", "lora_alpha"),
        ("lr", "learning_rate"),
        ("learning_rte", "learning_rate"),
        ("num_epochs", "epochs"),
        ("epoch", "epochs"),
        ("batch_size", "micro_batch_size"),
        ("sequence_length", "sequence_len"),
        ("random_seed", "seed"),
        ("colour", ""),
        ("x", ""),
        ("", ""),
    ],
)
def test_nearest(word: str, meant: str) -> None:
    assert nearest(word, KEYS) == meant


def test_the_sentence() -> None:
    assert did_you_mean("lora_alhpa", KEYS) == "did you mean `lora_alpha`?"
    assert did_you_mean("colour", KEYS) == ""
    assert did_you_mean("x", []) == ""


@settings(deadline=None)
@given(st.sampled_from(KEYS), st.data())
def test_two_swapped_letters_of_a_long_key_are_seen_through(key: str, data: st.DataObject) -> None:
    if len(key) < 6:
        return
    at = data.draw(st.integers(0, len(key) - 2))
    assert nearest(key[:at] + key[at + 1] + key[at] + key[at + 2 :], KEYS) == key


@settings(deadline=None)
@given(st.text(), st.lists(st.text()))
def test_the_answer_is_a_choice_or_nothing(word: str, choices: list[str]) -> None:
    assert nearest(word, choices) in (*choices, "")
