"""When two texts count as the same: after case, punctuation and white space are levelled."""

from __future__ import annotations

import re
import unicodedata

from wrapper.data.rows import Row
from wrapper.data.scripts import UNSPACED

_BETWEEN_DIGITS = re.compile(r"(?<=\d)\s*[-*/]\s*(?=\d)")
_AS_SYMBOLS = str.maketrans("-*/", "−∗÷")  # Unicode calls the ASCII three punctuation
_NO_LETTERS = re.compile(r"[\W_]+")
_UNSPACED = re.compile(f"([{UNSPACED}])")
_SIGNS = re.compile(r"[-!+*/%&|^~]?[<>=]+|[+*^&|~÷×∗−]+|(?<=\d)\s*[-/]+\s*(?=\d)|[$€£¥](?=\s*\d)|(?<=\d)\s*[€£¥%]")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


class _Table(dict[int, int | None]):
    """A table for str.translate that looks each new character up once; `kinds` become `instead` (None: nothing)."""

    def __init__(self, kinds: str, instead: str | None) -> None:
        self._kinds = kinds
        self._instead = None if instead is None else ord(instead)

    def __missing__(self, code: int) -> int | None:
        self[code] = self._instead if unicodedata.category(chr(code))[0] in self._kinds else code
        return self[code]


_PUNCTUATION_AND_SYMBOLS = _Table("PS", " ")
_PUNCTUATION = _Table("P", " ")
_NO_PUNCTUATION = _Table("P", None)
# the same for ASCII, where bytes.translate is ten times as fast
_ASCII_PUNCTUATION = bytes(code for code in range(128) if unicodedata.category(chr(code))[0] == "P")
_ASCII_BLANKS = bytes(_PUNCTUATION_AND_SYMBOLS[code] or 0 if code < 128 else code for code in range(256))
_ASCII_NO_LETTERS = "".join(chr(code) for code in range(128) if not chr(code).isalnum()).encode()


def normalise(text: str) -> str:
    """Lower case, punctuation and symbols to spaces, white space folded; text of nothing else is kept."""
    if text.isascii():
        levelled = b" ".join(text.encode().lower().translate(_ASCII_BLANKS).split()).decode()
        return levelled or " ".join(text.split())
    return _level(text.lower(), _PUNCTUATION_AND_SYMBOLS)


def input_key(row: Row) -> str:
    """The normalised turns of a row: rows with equal keys are kept in one split."""
    return "\n".join(f"{turn.role}: {normalise(turn.content)}" for turn in row.messages)


def same_question_key(row: Row) -> str:
    """As input_key, but with symbols: `£1` and `€1`, `2+3` and `2-3` are different questions."""
    return "\n".join(f"{turn.role}: {_with_symbols(turn.content)}" for turn in row.messages)


def words(text: str) -> list[str]:
    """Words as white space parts them, in lower case, without punctuation; scripts without spaces give characters."""
    if text.isascii():
        return text.encode().lower().translate(None, _ASCII_PUNCTUATION).decode().split()
    return _UNSPACED.sub(r" \1 ", text.lower().translate(_NO_PUNCTUATION)).split()


def compact(text: str) -> str:
    """Letters and digits alone, in lower case: neither punctuation nor spacing shows; text without any is kept."""
    if text.isascii():
        return text.encode().translate(None, _ASCII_NO_LETTERS).lower().decode() or text.strip()
    return _NO_LETTERS.sub("", text.lower()) or text.strip()


def signs(text: str) -> str:
    """Operators and currencies in order: what `compact` drops though it may change what is asked."""
    if not any(sign in text for sign in "-+*/^=<>%−∗÷×$€£¥&|~"):
        return ""
    return "".join("".join(_SIGNS.findall(text)).split())


def numbers(text: str) -> list[str]:
    """The numbers of a text as they are written, without separators."""
    return [re.sub("[.,:]", "", found) for found in _NUMBER.findall(text)]


def _with_symbols(text: str) -> str:
    operators = _BETWEEN_DIGITS.sub(lambda match: match[0].strip().translate(_AS_SYMBOLS), text.lower())
    return _level(operators, _PUNCTUATION)


def _level(text: str, table: _Table) -> str:
    return " ".join(text.translate(table).split()) or " ".join(text.split())
