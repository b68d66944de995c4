"""Sentences counted by their ends, full stops of abbreviations apart; by rule, the same everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CLOSING = "\"'”’»)]」』）"
_CLOSED = rf"[{re.escape(_CLOSING)}]*+"
_END = re.compile(
    rf"(?<![.!?…؟۔।])[.!?…؟۔।]++{_CLOSED}(?=\s|$)"
    rf"|[。！？｡]++{_CLOSED}"
    r"|(?<![!?…])[!?…]++(?=[\u2e80-\u9fff\uac00-\ud7af])"  # scripts that put no space after it
)
_OPENING = "\"'“‘«([「『（*_"
_LONGEST_WORD = 24  # characters; of a longer one only its end is looked at
_DOTTED = re.compile(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,2}")  # U.S, p.m, Ph.D
_INITIAL = re.compile(r"[^\W\d_]|\d{1,3}")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What is never the last word of a sentence. The titles count with a capital only: `a rep.` is none.
_LINKS = _words("e.g i.e eg ie vs cf viz ca approx resp z.b d.h u.a bzw vgl p.ex")
_TITLES = _words(
    "Mr Mrs Ms Mx Dr Drs Prof Messrs Mme Mlle Gen Col Maj Capt Lt Sgt Cpl Adm Rev Hon Gov Sen Rep Mt Ft Hr Fr"
)
_BEFORE_NUMBERS = _words(
    "no nos nr p pp fig figs vol ch sec eq art par ver jan feb mar apr jun jul aug sep sept oct nov dec"
)
_LISTS = _words("etc usw")  # end a sentence where a capital follows
_NAMES = _words("inc co corp ltd jr sr st ave dept al bros")  # where a word follows that opens sentences
_OPENERS = _words(
    "A After All Also An And As At Because But By Each For From He Her Here His How However I If In It Its Many My No "
    "Not On One Our She So Some Such That The Their Then There These They This Those To We What When Where While Who "
    "Why With Yes You Your"
)


def count_sentences(text: str) -> int:
    """Stretches with a letter or digit that end in a full stop, a question or exclamation mark, or with a line."""
    parts = (part for line in text.splitlines() for part in _sentences(line))
    return sum(any(char.isalnum() for char in part) for part in parts)


def _sentences(line: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(line):
        if not _goes_on(line, end):
            yield line[start : end.start()]
            start = end.end()
    yield line[start:]


def _goes_on(line: str, end: re.Match[str]) -> bool:
    """Whether what looks like an end is the full stop of an abbreviation, an initial or the number of a list item."""
    stop = end.start()
    before = line[max(0, stop - _LONGEST_WORD) : stop]
    after = line[end.end() : end.end() + _LONGEST_WORD].split()
    if end[0].rstrip(_CLOSING) != "." or not after or not before or before[-1].isspace():
        return False
    word, following = before.split()[-1].lstrip(_OPENING), after[0].strip(f"{_OPENING}{_CLOSING},;:!?")
    if len(following) > 2:  # `A.` is an initial, not the word that opens sentences
        following = following.rstrip(".")
    folded = word.casefold()
    if folded in _LINKS or word in _TITLES:
        return True
    if folded in _BEFORE_NUMBERS:
        return following[:1].isdigit()
    if _INITIAL.fullmatch(word) and stop <= _LONGEST_WORD and len(before.split()) == 1:
        return True
    if folded in _LISTS:
        return not following[:1].isupper()
    is_initial = len(word) == 1 and word.isupper() and word != "I"
    return (is_initial or folded in _NAMES or bool(_DOTTED.fullmatch(word))) and following not in _OPENERS
