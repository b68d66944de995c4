"""Numbers in running text, in the notations people write them in, with a doubt where one is due."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, DecimalException

from wrapper.evaluation.graders.notation import OPAQUE

_SPACE = r"[ \u00a0\u202f]"
_DIGITS = (
    r"\d{1,3}(?:[.'’ \u00a0\u202f]\d{3})+,\d+(?!\d)"  # 1.234,50
    r"|[1-9]\d?(?:,\d{2})+,\d{3}(?:\.\d+)?(?![,.]?\d)"  # 1,00,000
    r"|[1-9]\d{0,2}(?:[,'’_ \u00a0\u202f]\d{3})+(?:\.\d+)?(?!\d)"  # 1,234.50
    r"|\d{1,3}(?:\.\d{3}){2,}(?!\d)"  # 1.234.567
    r"|(?<!\d,)\d+,\d{1,2}(?![,.]?\d)"  # 12,50
    r"|0,\d+"
    r"|\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3}(?!\d))?"
    r"|\.\d+"
)
_CURRENCY = r"(?:[A-Z]{1,3}\$|[$€£¥₹])"
_SCALES = {
    **dict.fromkeys(("hundred", "Hundred", "hundert"), 2),
    **dict.fromkeys(("k", "K", "thousand", "Thousand", "tausend", "Tausend"), 3),
    **dict.fromkeys(("lakh", "lakhs", "Lakh", "Lakhs", "lac", "lacs"), 5),
    **dict.fromkeys(("M", "mn", "mln", "Mio", "million", "millions", "Million", "Millionen"), 6),
    **dict.fromkeys(("crore", "crores", "Crore", "Crores"), 7),
    **dict.fromkeys(("bn", "Mrd", "billion", "billions", "Milliarde", "Milliarden"), 9),
    **dict.fromkeys(("tn", "trillion", "trillions"), 12),
    **dict.fromkeys("万萬", 4),
    **dict.fromkeys("亿億", 8),
}
_MONEY_SCALES = {**_SCALES, "m": 6, "b": 9, "B": 9, "t": 12, "T": 12}  # without a currency: metre, byte, tonne
_LETTER_SCALE = re.compile(rf"{_SPACE}[kKMBmbtT](?![\w^'’])")
_SCALE = re.compile(
    rf"(?:{_SPACE}|-)?(?P<scale>{'|'.join(sorted(_SCALES, key=len, reverse=True))})(?![A-Za-z\d^'’]|-\w)"
)
_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b")
_UNIT = re.compile(r"[A-Za-zµΩ](?:[\w^]|(?<=[eE])[+-](?=\d))*")
_NAME = re.compile(r"[^\W\d_]+(?:\^\d)?")  # `cm^2`, but not `e1000`
_AFTER = re.compile(rf"\s?{_CURRENCY}(?!\d)")
_TOWER = re.compile(rf"\s?\^[^\s=]*|\*\*\d[^\s=]*|/\d[\d.,]*|\s?[*/]?\s?{OPAQUE}[^\s=]*")
_OPENING = re.compile(
    rf"(?P<opaque>{OPAQUE}(?:\s?[*/^]?\s?\d[\d.,]*)?|(?<=[)\]])\^[-−+]?\d+)"
    rf"|(?<![A-Za-z_\d^])(?<!\^[-−+])(?P<sign>(?:(?<![\w)])[-−–])?)(?P<currency>(?:{_CURRENCY}\s?)?)"
    r"(?P<inner>-?)(?=\.?\d)"
)
_DIGIT_RUN = re.compile(_DIGITS)
_ODD = re.compile(
    r"\d+(?:\.\d+)?(?::\d+)+|\d{4}-\d\d-\d\d(?!\d)|\d+(?:/\d+){2,}"
    r"|(?!\d{1,3}(?:\.\d{3})+(?:,\d+)?(?!\.?\d))\d+(?:\.\d+){2,}"  # 1.2.3, but not 1.234.567
)
_MIXED = re.compile(rf"(?P<whole>\d+)(?:{_SPACE}{{1,2}}| and )(?P<top>\d+)\s?/\s?(?P<bottom>\d+)(?![\d/])")
_POWER = re.compile(
    r"(?:\s?[*x]\s?(?P<ten>10))?(?:\s?\^\s?|(?<=\d)\*\*)\(?(?P<exponent>[-−+]?\d{1,3})(?!\.?\d)\)?"
)
_SLASH = re.compile(r"\s?/\s?")
_RANGE = re.compile(rf"[%°]?(?:--?|[−–~〜])(?=(?:{_CURRENCY}\s?)?\.?\d)")

ODD = "is a time, a ratio, a date or a version, not one number"
NOT_READ = "is a number in a notation that is not read"
SUFFIX = "has a suffix that may change its size: put a space before a unit"
RANGE = "is a range or a difference, not one number"
BY_ZERO = "divides by zero"
IN_WORD = "is part of a word"


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """`value` is None where it cannot be read as one number; `doubt` says why it may not be what it seems."""

    text: str
    start: int
    value: Decimal | None
    doubt: str = ""
    is_money: bool = False

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def quantities(text: str) -> Iterator[Quantity]:
    """All numbers in a text that `notation.plain` has put in one spelling, digits inside words apart."""
    place = 0
    while opening := _OPENING.search(text, place):
        found = _read(text, opening)
        place = found.end
        while dash := _RANGE.match(text, place):
            upper = _OPENING.match(text, dash.end())
            place = _read(text, upper).end if upper else dash.end()
        yield found if place == found.end else _range(text, found, place)


def digits_in_words(text: str) -> list[Quantity]:
    """The digits of `Q3`, which count only where there is no other number."""
    return [
        Quantity(text=run[0], start=run.start(), value=_decimal(run[0]), doubt=IN_WORD)
        for run in _DIGIT_RUN.finditer(text)
        if text[max(0, run.start() - 1) : run.start()] != "^"
    ]


def _read(text: str, opening: re.Match[str]) -> Quantity:
    return _unread(opening) if opening["opaque"] else _quantity(text, opening)


def _range(text: str, first: Quantity, end: int) -> Quantity:
    """`5-7`, from its first number up to where its last ends; a date such as `7-5-2024` too."""
    return Quantity(text=text[first.start : end], start=first.start, value=None, doubt=RANGE, is_money=first.is_money)


def _unread(match: re.Match[str]) -> Quantity:
    return Quantity(text=match[0], start=match.start(), value=None, doubt=NOT_READ)


def _quantity(text: str, opening: re.Match[str]) -> Quantity:
    value, doubt, end = _magnitude(text, opening.end())
    is_money = bool(opening["currency"])
    if tower := _TOWER.match(text, end):
        value, doubt, end = None, NOT_READ, tower.end()
    else:
        power, told, end = _suffix(text, end, is_money)
        doubt = doubt or told
        value = value.scaleb(power) if value is not None and power is not None else None
    if after := _AFTER.match(text, end):
        is_money, end = True, after.end()
    if value is not None and (opening["sign"] or opening["inner"]):
        value = -value
    start = opening.start()
    return Quantity(text=text[start:end], start=start, value=value, doubt=doubt, is_money=is_money)


def _suffix(text: str, start: int, is_money: bool) -> tuple[int | None, str, int]:
    """Power of ten that a suffix stands for, None where it leaves no number; doubt; where it ends."""
    if is_money and (letter := _LETTER_SCALE.match(text, start)):
        return _MONEY_SCALES[letter[0][1:]], "", letter.end()
    if letter := _LETTER_SCALE.match(text, start):
        return 0, SUFFIX if letter[0][1:] in ("k", "K", "M", "B") else "", letter.end()
    if scale := _SCALE.match(text, start):
        return _SCALES[scale["scale"]], "", scale.end()
    if ordinal := _ORDINAL.match(text, start):
        return 0, "", ordinal.end()
    if unit := _UNIT.match(text, start):
        if is_money and unit[0] in _MONEY_SCALES:
            return _MONEY_SCALES[unit[0]], "", unit.end()
        return (0 if _NAME.fullmatch(unit[0]) else None), SUFFIX, unit.end()
    return 0, "", start


def _magnitude(text: str, start: int) -> tuple[Decimal | None, str, int]:
    """Value without sign and suffix, doubt, and where it ends."""
    if odd := _ODD.match(text, start):
        return None, ODD, odd.end()
    if (mixed := _MIXED.match(text, start)) and Decimal(mixed["top"]) < Decimal(mixed["bottom"]):
        return Decimal(mixed["whole"]) + Decimal(mixed["top"]) / Decimal(mixed["bottom"]), "", mixed.end()
    run = _DIGIT_RUN.match(text, start)
    assert run, "an opening stands before a digit"
    value, end = _decimal(run[0]), run.end()
    if power := _POWER.match(text, end):
        value_of_power = _power(value, int(power["exponent"].replace("−", "-")), is_factor=bool(power["ten"]))
        return value_of_power, "" if value_of_power is not None else NOT_READ, power.end()
    if (slash := _SLASH.match(text, end)) and (below := _DIGIT_RUN.match(text, slash.end())):
        divisor = _decimal(below[0])
        return (value / divisor, "", below.end()) if divisor else (value, BY_ZERO, below.end())
    return value, "", end


def _power(base: Decimal, exponent: int, *, is_factor: bool) -> Decimal | None:
    """None where it is infinite or too large to hold."""
    try:
        value = base.scaleb(exponent) if is_factor else base**exponent
    except DecimalException:
        return None
    return value if value.is_finite() else None


def _decimal(digits: str) -> Decimal:
    bare = re.sub(r"['’_ \u00a0\u202f]", "", digits)
    if "," in bare:
        whole, _, last = bare.rpartition(",")
        is_group = len(last.partition(".")[0]) == 3 and "." not in whole and whole != "0"
        bare = bare.replace(",", "") if is_group else f"{whole.replace('.', '')}.{last}"
    elif bare.count(".") > 1:
        bare = bare.replace(".", "")
    return Decimal(bare)
