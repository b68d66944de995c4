"""scripts/bench/planted_edits.py: few words are edited, and numbers stay."""

from __future__ import annotations

import random

import pytest
from planted_edits import edit_words
from planted_sources import level


@pytest.mark.parametrize("count", [1, 2, 3])
def test_edited_words_are_few_and_numbers_stay(count: int) -> None:
    chance = random.Random(count)
    text = (
        "Pay the 12 boxes, please, before noon today, and tell all the others about 3 more of them as soon as you can"
    )
    for _ in range(200):
        made = edit_words(text, count, chance, ["word", "other"])
        assert made is not None
        assert level(made) != level(text)
        assert [word for word in made.split() if word.isdigit()] == ["12", "3"]
        assert len(set(text.split()) - set(made.split())) <= count


def test_a_text_too_short_to_edit_is_left() -> None:
    assert edit_words("card 7", 1, random.Random(0), ["word"]) is None
