"""Words of many scripts, and BM25 over them."""

from __future__ import annotations

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper.evaluation.bm25 import nearest, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hello, WÖRLD_x 42!", ["hello", "wörld_x", "42"]),
        ("e\u0301te\u0301", ["été"]),
        ("ＡＢＣ", ["abc"]),
        ("हिन्दी भाषा।", ["हिन्दी", "भाषा"]),
        ("カード紛失 card", ["カー", "ード", "ド紛", "紛失", "card"]),
        ("카드를", ["카드", "드를"]),
        ("สวัส", ["สว", "วั", "ัส"]),
        ("中 card中", ["中", "card", "中"]),
        ("…", []),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    assert list(words(text)) == found


def test_a_script_without_spaces_is_searched() -> None:
    texts = ["今日は天気がいい", "クレジットカードを紛失しました", "配達が遅れています"]
    assert nearest(texts, ["カードの紛失"], 1) == [[1]]


def by_hand(texts: list[str], query: str) -> list[float]:
    """BM25 as Lucene counts it: Kamphuis and others 2020, k1 1.5 and b 0.75."""
    documents = [list(words(text)) for text in texts]
    average = sum(map(len, documents)) / len(documents)
    scores = []
    for document in documents:
        score = 0.0
        for word in words(query):
            having = sum(word in other for other in documents)
            count = document.count(word)
            if having:
                weight = log(1 + (len(documents) - having + 0.5) / (having + 0.5))
                score += weight * count / (count + 1.5 * (0.25 + 0.75 * len(document) / average))
        scores.append(score)
    return scores


LETTERS = st.lists(st.sampled_from("abcde"), max_size=8).map(" ".join)


@given(st.lists(LETTERS, min_size=1, max_size=8).filter(any), LETTERS, st.integers(1, 9))
def test_the_order_is_that_of_the_formula(texts: list[str], query: str, k: int) -> None:
    (found,) = nearest(texts, [query], k)
    expected = by_hand(texts, query)
    assert len(found) == min(k, len(texts))
    scores = [expected[place] for place in found]
    assert scores == pytest.approx(sorted(expected, reverse=True)[:k], abs=1e-5)


@given(st.lists(st.text(max_size=30), max_size=6), st.lists(st.text(max_size=30), max_size=3))
def test_any_text_is_taken_and_the_answer_stays_the_same(texts: list[str], queries: list[str]) -> None:
    found = nearest(texts, queries, 3)
    assert found == nearest(iter(texts), queries, 3)
    assert all(sorted(set(places)) == sorted(places) for places in found)
    assert [len(places) for places in found] == [min(3, len(texts))] * len(queries)
