"""Nearest and fixed examples."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wrapper.data.rows import Message, Row
from wrapper.evaluation.retrieval import few_shot_rows, nearest_rows


def row(text: str, answer: str = "a") -> Row:
    return Row(row_id=text, messages=(Message(role="user", content=text),), answer=answer, file="f", line=1)


INPUTS = ("where is my card", "I lost my PIN", "my transfer has not arrived", "where is my card")
TRAIN = [row(text) for text in INPUTS]


def test_the_nearest_come_first_and_equals_go_by_index() -> None:
    assert nearest_rows(TRAIN, ["Where is the CARD?", "transfer arrived"], 2) == [[0, 3], [2, 0]]


def test_queries_without_known_words_get_the_first_rows() -> None:
    assert nearest_rows(TRAIN, ["", "?!", "zebra"], 2) == [[0, 1]] * 3


def test_more_asked_for_than_there_are() -> None:
    assert [sorted(found) for found in nearest_rows(TRAIN, ["card"], 9)] == [[0, 1, 2, 3]]
    assert nearest_rows([], ["card"], 3) == [[]]
    assert nearest_rows([row(""), row("!")], ["card"], 3) == [[0, 1]]


@given(st.lists(st.text(max_size=20), max_size=8), st.text(max_size=20), st.integers(0, 10))
def test_indices_are_distinct_and_as_many_as_can_be(texts: list[str], query: str, k: int) -> None:
    (found,) = nearest_rows([row(text) for text in texts], [query], k)
    assert len(found) == len(set(found)) == min(k, len(texts))
    assert all(0 <= index < len(texts) for index in found)


LABELLED = [row(str(n), "rare" if n == 17 else "often" if n % 3 else "some") for n in range(40)]


def test_examples_of_a_classification_spread_over_the_labels() -> None:
    for seed in range(10):
        three = few_shot_rows(LABELLED, 3, seed, "classification")
        assert {LABELLED[index].answer for index in three} == {"rare", "often", "some"}
        six = few_shot_rows(LABELLED, 6, seed, "classification")
        assert sorted(LABELLED[index].answer for index in six).count("rare") == 1


def test_examples_are_fixed_by_the_seed() -> None:
    assert few_shot_rows(LABELLED, 4, 1, "chat") == few_shot_rows(LABELLED, 4, 1, "chat")
    assert few_shot_rows(LABELLED, 4, 1, "chat") != few_shot_rows(LABELLED, 4, 2, "chat")
    assert sorted(few_shot_rows(LABELLED, 99, 0, "chat")) == list(range(40))
    assert few_shot_rows([], 4, 0, "classification") == []
