"""Final numbers: read out of a worked answer, compared as decimals."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from wrapper.evaluation.graders.final_answer import final_of
from wrapper.evaluation.graders.grade import Grade
from wrapper.evaluation.graders.notation import group_end, plain
from wrapper.evaluation.graders.number_words import numbers_in_words
from wrapper.evaluation.graders.protocol import Contrast, right, ungradable, wrong
from wrapper.evaluation.graders.quantity import Quantity, digits_in_words, quantities
from wrapper.evaluation.graders.text import without_thinking

_ROUNDING = Decimal("1e-9")
_HASHES, _BOX = "####", r"\boxed{"
_WORKING = re.compile(r"=|[^\W\d_]{2}")  # what makes a line more than a list of numbers


def final_quantity(text: str) -> tuple[Quantity | None, list[Quantity]]:
    r"""The number after the last `####` or in the last `\boxed{}`, else that of `final_of`.

    Numbers written out in words count where there are no digits. With it, all numbers of its line, if the line holds
    nothing but numbers.
    """
    part, mark = _answer_part(without_thinking(text))
    found = list(quantities(part)) or digits_in_words(part) or list(numbers_in_words(part))
    if not found:
        return None, []
    final = _in_brackets(part, found) or _chosen(part, mark, found)
    start, end = part.rfind("\n", 0, final.start) + 1, part.find("\n", final.end)
    end = len(part) if end < 0 else end
    beside = [one for one in found if start <= one.start < end]
    return final, [] if _WORKING.search(_between(part, start, end, beside)) else beside


def _chosen(part: str, mark: str, found: list[Quantity]) -> Quantity:
    if mark == _HASHES:
        return found[0]
    return found[-1] if mark else final_of(part, found)


def _answer_part(text: str) -> tuple[str, str]:
    """The text that holds the final answer, and what marks it."""
    _, marked, after = text.rpartition(_HASHES)
    if marked:
        return plain(after), _HASHES
    start = text.rfind(_BOX)
    while start >= 0:
        inside = start + len(_BOX)
        if end := group_end(text, inside - 1):
            return plain(text[inside : end - 1]), _BOX
        start = text.rfind(_BOX, 0, start)
    return plain(text), ""


def _in_brackets(part: str, found: list[Quantity]) -> Quantity | None:
    """`($5)` is -5 as accountants write it, if it is all there is; `(5)` is 5."""
    bare = part.strip()
    money = re.fullmatch(r"(?P<before>\D{0,4})\((?P<inside>.*)\)", bare)
    if not money or len(found) != 1 or not found[0].value or money["inside"].strip() != found[0].text:
        return None
    if not found[0].is_money and money["before"] not in ("$", "€", "£", "¥", "₹"):
        return None
    return replace(found[0], value=-abs(found[0].value))


def _between(part: str, start: int, end: int, found: list[Quantity]) -> str:
    """What a line holds besides its numbers."""
    pieces = []
    for one in found:
        pieces.append(part[start : one.start])
        start = one.end
    return " ".join([*pieces, part[start:end]])


def final_number(text: str) -> Decimal | None:
    """The value of `final_quantity`; None without one, or where it cannot be read as one number.

    Digits inside a word (`Q3`) count only where there is no other number.
    """
    final, _ = final_quantity(text)
    return final.value if final else None


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, kw_only=True)
class NumberMatch:
    """Equal as decimals to `tolerance`, a share of the gold number, or to one part in 10^9.

    Separators, currency and percent signs make no difference.
    A gold answer must read as one number without a doubt (no time, no range, no `5m` that may be metres or
    millions); what a response writes after a number it may.
    """

    tolerance: float | None = None
    name: str = "number"
    binary: bool = True

    @property
    def contrast(self) -> Contrast:
        """Numbers of two rows may well be within a tolerance of each other."""
        return "most" if self.tolerance else "each"

    def grade(self, response: str, gold: str) -> Grade:
        wanted, beside = final_quantity(gold)
        if wanted is None:
            return ungradable("the gold answer holds no number")
        if wanted.value is None or wanted.doubt:
            return ungradable(f"`{wanted.text}` in the gold answer {wanted.doubt}")
        if len(beside) > 1:
            listed = ", ".join(f"`{one.text}`" for one in beside)
            return ungradable(f"the gold answer holds several numbers, {listed}: mark the final one with `####`")
        got, _ = final_quantity(response)
        if got is None:
            return wrong("", "holds no number")
        if got.value is None:
            return wrong(got.text, f"`{got.text}` {got.doubt}")
        share = _ROUNDING if self.tolerance is None else max(_ROUNDING, Decimal(str(self.tolerance)))
        if abs(got.value - wanted.value) <= share * abs(wanted.value):
            return right(_plain(got.value))
        return wrong(_plain(got.value), f"another number than {_plain(wanted.value)}")
