"""Whether a key was meant to be another: a slip of the keys or an abbreviation, not merely a shared beginning."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

NEAR = 0.8
_EXTRA_CHARACTERS = 6
_SLIPS = 2
_SHORT_WORD = 4
_ABBREVIATION = 3


def nearest_key(key: str, names: Iterable[str], ratio: float = NEAR) -> str:
    """The name that `key` was meant to be, or an empty string; `ratio` is difflib's.

    The same words, be they shortened, go before a slip of the keys.
    """
    plain = key.strip().lower().replace("-", "_").replace(" ", "_")
    words = plain.split("_")
    matcher = SequenceMatcher(b=plain)
    found = []
    for name in names:
        reworded = _is_rewording(words, name)
        if not reworded and abs(len(name) - len(plain)) > _EXTRA_CHARACTERS:
            continue
        matcher.set_seq1(name)
        close = reworded or (matcher.real_quick_ratio() >= ratio and matcher.quick_ratio() >= ratio)
        if not close or (not reworded and not (matcher.ratio() >= ratio and _resemble(plain, name))):
            continue
        found.append((not _are_beginnings(words, name.split("_")), -matcher.ratio(), name))
    return min(found)[2] if found else ""


def _resemble(key: str, name: str) -> bool:
    """True where the words are the same but for slips, abbreviations, or one word too many or too few."""
    ours, theirs = key.split("_"), name.split("_")
    if len(ours) == len(theirs) and all(map(_same_word, ours, theirs)):
        return True
    if _is_but_for_one(ours, theirs) or _is_but_for_one(theirs, ours):
        return True
    return slips(key.replace("_", ""), name.replace("_", "")) <= _SLIPS


def _same_word(one: str, other: str) -> bool:
    allowed = 1 if min(len(one), len(other)) <= _SHORT_WORD else _SLIPS
    return one.startswith(other) or other.startswith(one) or slips(one, other) <= allowed


def _is_but_for_one(words: list[str], more: list[str]) -> bool:
    """True where `more` is `words`, at least two of them, and one word besides."""
    left = iter(more)
    return 1 < len(words) == len(more) - 1 and all(word in left for word in words)


def _is_rewording(words: list[str], name: str) -> bool:
    """True for `pad_to_seq_len`, whose words begin the name's by three letters, and for words in another order."""
    if len(words) < 2 or not words[0] or name[0] != words[0][0] or name.count("_") != len(words) - 1:
        return False
    full = name.split("_")
    if sorted(words) == sorted(full):
        return words != full
    return all(
        word == whole or (whole.startswith(word) and len(word) >= _ABBREVIATION)
        for word, whole in zip(words, full, strict=True)
    )


def _are_beginnings(one: list[str], other: list[str]) -> bool:
    """True where each word begins the other's, either way round: `lora_rank` for `lora_r`."""
    return len(one) == len(other) and all(a.startswith(b) or b.startswith(a) for a, b in zip(one, other, strict=True))


def slips(one: str, other: str) -> int:
    """Letters that were added, left out, exchanged or swapped with their neighbour (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        line = [row]
        for column, against in enumerate(other, start=1):
            best = min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != against))
            if row > 1 < column and letter == other[column - 2] and one[row - 2] == against:
                best = min(best, before[column - 2] + 1)
            line.append(best)
        before, last = last, line
    return last[-1]
