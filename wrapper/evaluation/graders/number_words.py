"""Numbers written out in English, as in `one hundred and five`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from wrapper.evaluation.graders.quantity import NOT_READ, Quantity

_UNITS = dict(zip(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], range(1, 10), strict=True))
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_VALUES = {
    "zero": 0,
    "a": 1,
    **_UNITS,
    **{word: value for value, word in enumerate(_TEENS, 10)},
    **{word: 10 * value for value, word in enumerate(_TENS, 2)},
}
_GAP = r"[ \u00a0\u2010\u2011-]"
_SMALL = rf"(?:(?:{'|'.join(_TENS)})(?:{_GAP}(?:{'|'.join(_UNITS)}))?\b|(?:{'|'.join([*_TEENS, *_UNITS])})\b)"
_HUNDREDS = rf"(?:(?:a|{_SMALL}){_GAP}hundred\b(?:(?:{_GAP}and)?{_GAP}{_SMALL})?|{_SMALL})"
_SCALE = rf"{_GAP}(?:{'|'.join(_SCALES)})\b"
_MORE = rf",?{_GAP}(?:and{_GAP})?"
_NUMBER = re.compile(
    rf"(?:\b(?P<sign>minus|negative){_GAP}+)?"
    rf"\b(?P<number>(?:{_HUNDREDS}|a){_SCALE}(?:{_MORE}{_HUNDREDS}{_SCALE})*(?:{_MORE}{_HUNDREDS})?|{_HUNDREDS}|zero\b)",
    re.IGNORECASE,
)
_PRONOUN_BEFORE = re.compile(
    r"\b(?:no|any|every|some|each|this|that|which|the|other|another|either|neither|a|only|correct|right|wrong)[ -]$",
    re.IGNORECASE,
)
_PRONOUN_AFTER = re.compile(
    r"[ -](?:of|another|can|cannot|could|should|would|must|may|might|needs|has|who|way|time|day|hand|thing)\b"
    r"|['’]s\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    rf"{_GAP}(?:and{_GAP}an?{_GAP}|and{_GAP}one{_GAP}|an?{_GAP})?"
    rf"(?:half|halves|thirds?|quarters?|fourths?|fifths?|tenths?|hundredths?|trillion|point(?:{_GAP}(?:zero\b|{_SMALL}))*)\b",
    re.IGNORECASE,
)


def numbers_in_words(text: str) -> Iterator[Quantity]:
    """The numbers below a trillion that are written out; `one` only where it is no pronoun (`no one`)."""
    place = 0
    while match := _NUMBER.search(text, place):
        place = match.end()
        words = match["number"].casefold()
        if words == "one" and (
            _PRONOUN_BEFORE.search(text, max(0, match.start() - 12), match.start()) or _PRONOUN_AFTER.match(text, place)
        ):
            continue
        value = Decimal(_value(re.findall("[a-z]+", words)))
        if goes_on := _GOES_ON.match(text, place):
            place = goes_on.end()
            yield Quantity(text=match[0], start=match.start(), value=None, doubt=NOT_READ)
        else:
            yield Quantity(text=match[0], start=match.start(), value=-value if match["sign"] else value)


def _value(words: list[str]) -> int:
    total = part = 0
    for word in words:
        if word in _SCALES:
            total, part = total + part * _SCALES[word], 0
        elif word == "hundred":
            part *= 100
        elif word != "and":
            part += _VALUES[word]
    return total + part
