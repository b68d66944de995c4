"""Texts as vectors of word and character n-grams, and as tokens with their places."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Predictor = Callable[[Sequence[str]], list[str]]  # inputs to answers
_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"\d+|[^\W\d_]+|[^\w\s]|_")


def tfidf() -> Any:
    """An unfitted scikit-learn transformer: TF-IDF of words (1 to 2) and of characters in words (2 to 5)."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import FeatureUnion

    words = TfidfVectorizer(
        ngram_range=(1, 2), tokenizer=_WORD.findall, token_pattern=None, sublinear_tf=True
    )
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    return FeatureUnion([("words", words), ("characters", characters)])


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """Words, runs of digits and single signs of a text; `places` are (start, end) in it."""

    text: str
    words: tuple[str, ...]  # case folded
    places: tuple[tuple[int, int], ...]

    def span(self, start: int, end: int) -> str:
        """The text from token `start` up to token `end`, as it is written."""
        return self.text[self.places[start][0] : self.places[end - 1][1]]

    def find(self, words: Sequence[str], free: Sequence[bool]) -> int | None:
        """First place where these words stand and every token is free."""
        size = len(words)
        for start in range(len(self.words) - size + 1):
            if self.words[start : start + size] == tuple(words) and all(free[start : start + size]):
                return start
        return None


def tokenise(text: str) -> Tokens:
    places = tuple(match.span() for match in _TOKEN.finditer(text))
    return Tokens(text=text, words=tuple(text[a:b].casefold() for a, b in places), places=places)
