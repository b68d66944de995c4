"""Texts edited by a few words, or in case, punctuation and spacing only."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from planted_sources import level

_WORD = re.compile(r"\s*\S+")


def edit_words(text: str, count: int, chance: random.Random, vocabulary: Sequence[str]) -> str | None:
    """`count` words replaced, deleted, inserted, swapped with a neighbour or misspelt; None where that cannot be.

    Words with digits stay: another number is another question, or another answer.
    """
    words = _WORD.findall(text)
    plain = [not any(map(str.isdigit, word)) for word in words]
    places = [place for place in range(0, len(words) - 1, 2) if plain[place] and plain[place + 1]]
    for _ in range(20):
        if len(places) < count:
            return None
        changed = list(words)
        for place in sorted(chance.sample(places, count), reverse=True):  # of pairs of words, so that none touch
            _edit_word(changed, place, chance, vocabulary)
        made = "".join(changed).strip()
        if _differ_in_words(made, text, count):
            return made
    return None


def _edit_word(words: list[str], place: int, chance: random.Random, vocabulary: Sequence[str]) -> None:
    bare = words[place].lstrip()
    space = words[place][: len(words[place]) - len(bare)] or " "
    kind = chance.choice(("replace", "delete", "insert", "swap", "typo"))
    if kind == "delete":
        del words[place]
    elif kind == "insert":
        words.insert(place, space + chance.choice(vocabulary))
    elif kind == "swap":
        follower = words[place + 1].lstrip()
        between = words[place + 1][: len(words[place + 1]) - len(follower)]
        words[place : place + 2] = [space + follower, between + bare]
    elif kind == "typo" and len(bare) >= 4:
        letter = chance.randrange(1, len(bare) - 1)
        words[place] = space + bare[:letter] + bare[letter + 1] + bare[letter] + bare[letter + 2 :]
    else:
        words[place] = space + chance.choice(vocabulary)


def _differ_in_words(one: str, other: str, count: int) -> bool:
    """Whether more than case, punctuation and spacing differs, and no edit undid another: a swap keeps the words."""
    if level(one) == level(other):
        return False
    before, after = level(other).split(), level(one).split()
    return abs(len(before) - len(after)) <= 2 * count


def restyle(text: str, chance: random.Random) -> tuple[str, str]:
    """The text with other case, punctuation or spacing, and the name of what was changed."""
    for kind in chance.sample(list(STYLES), len(STYLES)):
        changed = STYLES[kind](text)
        if changed != text and level(changed) == level(text):
            return changed, kind
    return text + "!", "trailing punctuation"


STYLES: dict[str, Callable[[str], str]] = {
    "upper case": str.upper,
    "lower case": str.lower,
    "no punctuation": lambda text: re.sub(r"(?<=[^\W\d_])[.,!?;:]+(?=\s|$)", "", text),
    "double spaces": lambda text: text.replace(" ", "  "),
    "extra newline": lambda text: text.replace(" ", "\n", 1),
    "newline at the end": lambda text: text + "\n",
    "trailing punctuation": lambda text: text + "!",
}
