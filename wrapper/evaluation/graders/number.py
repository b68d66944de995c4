"""Final numbers: read out of a worked answer, compared as decimals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from wrapper.evaluation.graders.protocol import right, ungradable, wrong
from wrapper.evaluation.graders.text import without_thinking
from wrapper.evaluation.scores import Grade

_RELATIVE_TOLERANCE = Decimal("1e-9")
_GROUP = r"[,'’_\u00a0\u202f]"
_DIGITS = (
    r"\d{1,3}(?:[.'’\u00a0\u202f]\d{3})+,\d+(?!\d)"  # 1.234,50
    rf"|[1-9]\d{{0,2}}(?:{_GROUP}\d{{3}})+(?:\.\d+)?(?!\d)"  # 1,234.50
    r"|\d{1,3}(?:\.\d{3}){2,}(?!\d)"  # 1.234.567
    r"|(?<!\d,)\d+,\d{1,2}(?![,.]?\d)"  # 12,50
    r"|0,\d+"
    r"|\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?"
    r"|\.\d+"
)
_NUMBER = re.compile(
    rf"(?<![A-Za-z_\d])(?P<sign>(?:(?<![\w)])[-−–])?)[$€£¥]?(?P<inner>-?)(?P<digits>{_DIGITS})"
    r"(?:\s?/\s?(?P<divisor>\d+)(?![\d/]))?"
)
_LOOSE = re.compile(rf"(?P<sign>)(?P<inner>)(?P<digits>{_DIGITS})(?P<divisor>(?!))?")
_BOXED = re.compile(r"\\boxed\{([^{}]*)\}")


def _decimal(digits: str) -> Decimal:
    bare = re.sub(r"['’_\u00a0\u202f]", "", digits)
    if "," in bare:
        whole, _, last = bare.rpartition(",")
        is_group = len(last.partition(".")[0]) == 3 and "." not in whole and whole != "0"
        bare = bare.replace(",", "") if is_group else f"{whole.replace('.', '')}.{last}"
    elif bare.count(".") > 1:
        bare = bare.replace(".", "")
    return Decimal(bare)


def _value(match: re.Match[str]) -> Decimal:
    value = _decimal(match["digits"])
    if match["divisor"] and Decimal(match["divisor"]):
        value /= Decimal(match["divisor"])
    return -value if match["sign"] or match["inner"] else value


def final_number(text: str) -> Decimal | None:
    r"""The number after the last `####` or in the last `\boxed{}`, else the last number; None without one.

    Digits inside a word (`Q3`) count only where there is no other number.
    """
    answer = without_thinking(text).replace(r"\$", "$")
    _, marked, after = answer.rpartition("####")
    boxed = _BOXED.findall(answer)
    part, place = (after, 0) if marked else (boxed[-1], -1) if boxed else (answer, -1)
    found = list(_NUMBER.finditer(part)) or list(_LOOSE.finditer(part))
    return _value(found[place]) if found else None


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, kw_only=True)
class NumberMatch:
    """Equal as decimals to one part in 10^9; separators, currency and percent signs make no difference."""

    name: str = "number"
    binary: bool = True

    def grade(self, response: str, gold: str) -> Grade:
        expected = final_number(gold)
        if expected is None:
            return ungradable("the gold answer holds no number")
        got = final_number(response)
        if got is None:
            return wrong("", "holds no number")
        if abs(got - expected) <= _RELATIVE_TOLERANCE * max(Decimal(1), abs(expected)):
            return right(_plain(got))
        return wrong(_plain(got), f"another number than {_plain(expected)}")
