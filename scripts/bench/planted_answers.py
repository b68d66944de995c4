"""Answers that teach nothing, and answers that contradict the row's own."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from planted_sources import Chat, answer, count_words, level, question
from planted_truth import LEAST_WORDS

_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_FINAL_NUMBER = re.compile(r"(\d+)\W*$")


def contradict(own: str, chats: Sequence[Chat], chance: random.Random) -> tuple[str, str]:
    """An answer that disagrees with `own`, and what sort it is, to stand behind a kind.

    It is `own` with another final number, or an answer of `chats` (sort: "").
    """
    number = _FINAL_NUMBER.search(own)
    if number and chance.random() < 0.5:
        other = str(int(number[1]) + chance.randint(1, 9))
        return own[: number.start(1)] + other + own[number.end(1) :], ", other number"
    for _ in range(1000):
        drawn = answer(chance.choice(chats))
        if level(drawn) != level(own):
            return drawn, ""
    raise ValueError("all answers are the same: there is nothing to contradict with")


def _anything(chat: Chat) -> bool:
    return True


def _cut(chat: Chat, chance: random.Random) -> str:
    """The answer up to the middle of a word in its second half."""
    words = list(_LONG_WORD.finditer(answer(chat)))
    word = chance.choice(words[len(words) // 2 :])
    return answer(chat)[: word.start() + 2]


# by kind: which chats may have such an answer, and how it is made
LOW_VALUE: dict[str, tuple[Callable[[Chat], bool], Callable[[Chat, random.Random], str]]] = {
    "refusal": (_anything, lambda chat, chance: chance.choice((
        "I'm sorry, but I can't help with that.", "Sorry, I cannot assist with this request.",
        "I am unable to provide an answer to that.", "I'm afraid I can't do that.",
    ))),
    "as a language model": (_anything, lambda chat, chance: chance.choice((
        "As an AI language model, I do not have an opinion on this.",
        "As a large language model, I have no access to that.",
    ))),
    "placeholder": (_anything, lambda chat, chance: chance.choice(("N/A", "n/a", "TODO", "TBD", "null", "..."))),
    "echo": (lambda chat: count_words(question(chat)) >= 6, lambda chat, chance: question(chat)),
    "loop": (
        lambda chat: count_words(question(chat)) >= 6,
        lambda chat, chance: " ".join(question(chat).split()[: chance.randint(3, 6)] * chance.randint(8, 12)) + ".",
    ),
    "cut off": (
        lambda chat: count_words(answer(chat)) >= 2 * LEAST_WORDS and len(_LONG_WORD.findall(answer(chat))) > 9,
        _cut,
    ),
}  # fmt: skip
