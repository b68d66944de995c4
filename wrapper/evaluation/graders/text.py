"""Answers compared as text: strictly, or with what does not change their meaning folded away."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from wrapper.evaluation.graders.grade import Grade
from wrapper.evaluation.graders.protocol import right, wrong

FIRST_CJK = 0x2E80  # from here on scripts are written without spaces, so words have no edge to look for
FENCE = re.compile(r"```[^\n`]*\n(.*?)\n?[ \t]*```", re.DOTALL)
_QUOTES = {'"': '"', "'": "'", "`": "`", "«": "»", "「": "」", "*": "*"}
_STRAIGHT = str.maketrans({"‘": "'", "’": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"'})
_KEPT = re.compile("([⁰¹²³⁴-⁹⁺⁻¼-¾⅐-⅞]+)")  # NFKC would make `102` of `10²`; `CO₂` may be `CO2`
_BOLD = re.compile(r"(?<![\w*])\*\*(?=[^\s*])([^*]*)(?<=[^\s*])\*\*(?![\w*])")
_TRAILING = ".!?,;:。！？"
_NO_SUFFIX = r"(?!#|\+\+|\+(?!\w))"  # `C++` and `A+`, but not `red+blue`
_JOINTS = r"[.,'’_:/^−–-]"  # between digits: one number, a fraction, a range, a time or a date
_SIGN = r"(?<![\w)\]−–-])[−–-]"
_NO_NUMBER_BEFORE = rf"(?<!\d{_JOINTS})(?<!(?<![\w.])\.)(?<!{_SIGN})(?<!{_SIGN}[$€£¥₹])"
_NO_NUMBER_AFTER = rf"(?!{_JOINTS}\d)"
_SIGNED = re.compile(r"[.−–-]\.?\d")
_NO_WORD_BEFORE = r"(?<![\w)\]])"  # the gold answer `-5` is not in `3-5`


def without_thinking(response: str) -> str:
    """Drop what a reasoning model thinks aloud; thinking that never ends leaves no answer."""
    _, _, after = response.rpartition("</think>")
    return after.partition("<think>")[0].strip()


def unfenced(text: str) -> str:
    """The content of the first code fence, or the text where there is none."""
    found = FENCE.search(text)
    return (found.group(1) if found else text).strip()


def _same_width(text: str) -> str:
    """NFKC, but for raised digits and fractions."""
    parts = _KEPT.split(text)  # every other one is kept
    return "".join(part if place % 2 else unicodedata.normalize("NFKC", part) for place, part in enumerate(parts))


def lenient(text: str, *, fence: bool = True) -> str:
    """Fold case, width, whitespace and curly quotes; drop bold, quotes around it, a full stop after it, and its code
    fence if told.
    """
    folded = " ".join(_same_width(unfenced(text) if fence else text).translate(_STRAIGHT).casefold().split())
    while (bare := _BOLD.sub(r"\1", _without_ends(folded))) != folded:
        folded = bare
    return folded


def _without_ends(folded: str) -> str:
    """Quotes and full stops at the ends dropped, but where nothing else would be left."""
    while True:
        bare = folded.rstrip(_TRAILING).strip()
        if len(bare) > 1 and _QUOTES.get(bare[0]) == bare[-1]:
            bare = bare[1:-1].strip()
        if bare == folded or not bare:
            return folded
        folded = bare


def as_words(key: str) -> re.Pattern[str]:
    """Finds a text where no word and no number goes on at its ends.

    `C` is not in `C++` or `C#`; `5` is not in `-5`, `5.5`, `1,500`, `5-7` or `2024-05-07`.
    """
    before = r"(?<![^\W_])" if key[0].isalnum() and ord(key[0]) < FIRST_CJK else ""
    after = rf"(?![^\W_]){_NO_SUFFIX}" if key[-1].isalnum() and ord(key[-1]) < FIRST_CJK else ""
    before += _NO_NUMBER_BEFORE if key[0].isdigit() else ""
    before += _NO_WORD_BEFORE if _SIGNED.match(key) else ""
    after += _NO_NUMBER_AFTER if key[-1].isdigit() else ""
    return re.compile(before + re.escape(key) + after)


def _as_typed(text: str) -> str:
    """What looks the same and is typed the same: NFC, and `\\n` at the end of every line."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()


@dataclass(frozen=True, kw_only=True)
class ExactMatch:
    """Equal to the character, white space at the ends, line ends and composed characters apart."""

    name: str = "exact_match"
    binary: bool = True

    def grade(self, response: str, gold: str) -> Grade:
        answer = _as_typed(response)
        return right(answer) if answer == _as_typed(gold) else wrong(answer, "differs from the gold answer")


@dataclass(frozen=True, kw_only=True)
class LenientMatch:
    """Equal after `lenient`, thinking aloud dropped."""

    name: str = "exact_match_lenient"
    binary: bool = True

    def grade(self, response: str, gold: str) -> Grade:
        answer = lenient(without_thinking(response))
        return right(answer) if answer == lenient(gold) else wrong(answer, "differs from the gold answer")
