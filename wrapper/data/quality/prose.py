"""The part of a text that is prose, cut to what its language shows in, and the script that it is written in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from os.path import commonprefix

from wrapper.data.scripts import UNSPACED

WINDOW = 200  # characters from the middle; more of them change no verdict on the shared data sets
_LEAST_WORDS, _LEAST_LETTERS = 5, 20
_LEAST_UNSPACED = 10  # letters, in scripts that put no spaces between words
_WORD = re.compile(r"[^\W\d_]{2,}(?:['’][^\W\d_]+)?")
_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_CODE = re.compile(
    r"[{};]\s*$|^\s*(?:def|class) \w+[:(]|^\s*(?:import \w+$|from [\w.]+ import)|#include|\bfunction\s?\w*\("
    r"|[=!<>]==?|=>|^\s*(?:const|let|var|public|private) \w+|</\w+>|\\[a-z]+\{"
    r"|\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE)\b",
    re.MULTILINE,
)
_LETTERS = r"[^\W\d_]"
_SCRIPTS = {
    "Greek": r"[\u0370-\u03ff\u1f00-\u1fff]",
    "Cyrillic": r"[\u0400-\u052f]",
    "Armenian": r"[\u0530-\u058f]",
    "Hebrew": r"[\u0590-\u05ff]",
    "Arabic": r"[\u0600-\u06ff\u0750-\u077f]",
    "Indic": r"[\u0900-\u0dff]",
    "Thai": r"[\u0e00-\u0e7f]",
    "Georgian": r"[\u10a0-\u10ff]",
    "Chinese or Japanese": r"[\u3040-\u30ff\u3400-\u9fff]",
    "Korean": r"[\u1100-\u11ff\uac00-\ud7af]",
}  # blocks of the Unicode standard
_OTHER = re.compile(r"[\u0370-\u1fff\u3040-\ud7af]")
_OF_SCRIPT = {name: re.compile(letters) for name, letters in _SCRIPTS.items()}
_LETTER = re.compile(_LETTERS)
_UNSPACED = re.compile(f"[{UNSPACED}]")
_LEAST_OF_SCRIPT = 3  # one Greek letter in Latin text is mathematics


class Frame:
    """What all the texts of a sample begin and end with, such as an instruction: it says nothing of a single row."""

    def __init__(self, sample: Sequence[str]) -> None:
        prefix = commonprefix(sample) if len(sample) > 1 else ""  # noqa: RUF071 - texts, not paths
        self._prefix = prefix[: prefix.rfind(" ") + 1]
        rests = [text[len(self._prefix) :][::-1] for text in sample] if len(sample) > 1 else []
        self._suffix = commonprefix(rests)[::-1]  # noqa: RUF071

    def strip(self, text: str) -> str:
        return text.removeprefix(self._prefix).removesuffix(self._suffix)


def middle(text: str) -> str:
    if len(text) <= WINDOW:
        return text
    start = (len(text) - WINDOW) // 2
    return text[start : start + WINDOW]


def prose(text: str) -> str:
    """The words from the middle of a text, or nothing where it is code, data, or too short to judge."""
    if text.count(" ") < _LEAST_WORDS - 1 and text.isascii():
        return ""
    if text.lstrip()[:1] in ("{", "[", "<"):
        return ""
    if "```" in text:
        text = _FENCED.sub(" ", text)
    part = middle(text)
    if _CODE.search(part):
        return ""
    words = _WORD.findall(part)
    enough = len(words) >= _LEAST_WORDS and sum(map(len, words)) >= _LEAST_LETTERS
    return " ".join(words) if enough or len(_UNSPACED.findall(part)) >= _LEAST_UNSPACED else ""


def script_of(text: str) -> str:
    """The script of most letters; Latin where none of the others is seen; empty without letters."""
    part = middle(text)
    if not _OTHER.search(part):
        return "Latin" if _LETTER.search(part) else ""
    letters = len(_LETTER.findall(part))
    for name, pattern in _OF_SCRIPT.items():
        count = len(pattern.findall(part))
        if count >= _LEAST_OF_SCRIPT and count > letters / 2:
            return name
    return "Latin"
