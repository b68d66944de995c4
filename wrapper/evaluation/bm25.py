"""Nearest texts by BM25: one index and one way of cutting words, for training rows and for passages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from wrapper.data.scripts import HANGUL, UNSPACED

PAIRED = UNSPACED + HANGUL  # what is cut into pairs of characters
_MARKS = r"\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"  # vowel signs are no \w
_RUN = re.compile(rf"([{PAIRED}]+)|(?:(?![{PAIRED}])[\w{_MARKS}])+")


def words(text: str) -> Iterator[str]:
    """The words without regard to case and width; of `PAIRED` characters each pair of neighbours."""
    for run in _RUN.finditer(unicodedata.normalize("NFKC", text).casefold()):
        found = run.group()
        if run.group(1) is None or len(found) == 1:
            yield found
        else:
            yield from map("".join, pairwise(found))


def nearest(texts: Iterable[str], queries: Sequence[str], k: int) -> list[list[int]]:
    """Indices of the k nearest texts, nearest first, for each query.

    Fewer than k where there are fewer texts. Equal scores, as for a query without a known word, go by index.
    """
    vocabulary: dict[str, int] = {}
    ids = [[vocabulary.setdefault(word, len(vocabulary)) for word in words(text)] for text in texts]
    if not vocabulary:
        return [list(range(min(k, len(ids)))) for _ in queries]
    import bm25s
    import numpy as np

    index = bm25s.BM25(backend="numpy")
    index.index((ids, vocabulary), show_progress=False, create_empty_token=False)
    found = []
    for query in queries:
        known = [vocabulary[word] for word in words(query) if word in vocabulary]
        scores = index.get_scores_from_ids(known) if known else np.zeros(len(ids))
        found.append([int(place) for place in np.argsort(-scores, kind="stable")[:k]])
    return found
