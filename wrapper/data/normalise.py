"""When two inputs count as the same text: after case, punctuation and white space are levelled."""

from __future__ import annotations

import re
import unicodedata

from wrapper.data.rows import Row

_BETWEEN_DIGITS = re.compile(r"(?<=\d)\s*[-*/]\s*(?=\d)")
_AS_SYMBOLS = str.maketrans("-*/", "−∗÷")  # Unicode calls the ASCII three punctuation


class _Spaces(dict[int, int]):
    """A table for str.translate that looks each new character up once; `kinds` become spaces."""

    def __init__(self, kinds: str) -> None:
        self._kinds = kinds

    def __missing__(self, code: int) -> int:
        self[code] = ord(" ") if unicodedata.category(chr(code))[0] in self._kinds else code
        return self[code]


_PUNCTUATION_AND_SYMBOLS = _Spaces("PS")
_PUNCTUATION = _Spaces("P")


def normalise(text: str) -> str:
    """Lower case, punctuation and symbols to spaces, white space folded; text of nothing else is kept."""
    return _level(text.lower(), _PUNCTUATION_AND_SYMBOLS)


def input_key(row: Row) -> str:
    """The normalised turns of a row: rows with equal keys are kept in one split."""
    return "\n".join(f"{turn.role}: {normalise(turn.content)}" for turn in row.messages)


def same_question_key(row: Row) -> str:
    """As input_key, but with symbols: `£1` and `€1`, `2+3` and `2-3` are different questions."""
    return "\n".join(f"{turn.role}: {_with_symbols(turn.content)}" for turn in row.messages)


def _with_symbols(text: str) -> str:
    operators = _BETWEEN_DIGITS.sub(lambda match: match[0].strip().translate(_AS_SYMBOLS), text.lower())
    return _level(operators, _PUNCTUATION)


def _level(text: str, table: _Spaces) -> str:
    return " ".join(text.translate(table).split()) or " ".join(text.split())
