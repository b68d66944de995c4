"""Aggregates beside the mean, held against scikit-learn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from wrapper.evaluation.aggregates import Confusions, aggregates, confusions
from wrapper.evaluation.graders import Grader, get_grader
from wrapper.evaluation.scores import RowScore

LABELS = ["card arrival", "refund", "delivery", "other"]
LABEL = get_grader("label", labels=LABELS)


def scored(grader: Grader, pairs: list[tuple[str, str]]) -> list[tuple[str, RowScore]]:
    """From pairs of gold answer and response."""
    return [
        (gold, RowScore(row_id=str(number), response=said, grade=grader.grade(said, gold)))
        for number, (gold, said) in enumerate(pairs)
    ]


GOLDS = st.sampled_from(LABELS)
SAID = st.sampled_from([*LABELS, "Card_Arrival", "I cannot tell", "refund or delivery", ""])


@given(st.lists(st.tuples(GOLDS, SAID), min_size=1, max_size=40))
def test_labels_agree_with_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    rows = scored(LABEL, pairs)
    golds = [gold for gold, _ in pairs]
    given_labels = [
        said if said in LABELS else "card arrival" if said == "Card_Arrival" else "no label" for _, said in pairs
    ]
    seen = sorted((set(golds) | set(given_labels)) - {"no label"})
    found = aggregates("label", rows)
    kinds = {"average": "macro", "labels": seen, "zero_division": 0}
    assert found["accuracy"] == pytest.approx(accuracy_score(golds, given_labels))
    assert found["macro_f1"] == pytest.approx(f1_score(golds, given_labels, **kinds))
    assert found["weighted_f1"] == pytest.approx(f1_score(golds, given_labels, **{**kinds, "average": "weighted"}))
    assert found["ungradable"] == 0
    told = confusions(rows)
    assert list(told.labels) == seen
    expected = confusion_matrix(golds, given_labels, labels=[*seen, "no label"])[:-1]
    assert [list(line) for line in told.matrix] == expected.tolist()
    assert sum(count for _, _, count in told.pairs) == sum(row.grade.score == 0 for _, row in rows)


def test_confusions_with_the_most_frequent_first() -> None:
    rows = scored(
        LABEL,
        [("Refund", "delivery"), ("refund", "Delivery!"), ("delivery", "?"), ("Refund", "refund"), ("no such", "x")],
    )
    assert confusions(rows) == Confusions(
        labels=("delivery", "refund"),
        matrix=((0, 0, 1), (2, 1, 0)),
        pairs=(("refund", "delivery", 2), ("delivery", "", 1)),
    )
    assert aggregates("label", rows)["ungradable"] == pytest.approx(1 / 5)
    assert aggregates("label", rows)["accuracy"] == 1 / 4


def test_fields_over_all_rows_together() -> None:
    rows = scored(
        get_grader("json_fields"),
        [('{"a": 1, "b": 2}', '{"a": 1, "c": 1}'), ('{"a": 1}', "no JSON"), ('{"a": 1}', '{"a": 1}'), ("x", "{}")],
    )
    assert aggregates("json_fields", rows) == {
        "field_precision": pytest.approx(2 / 3),
        "field_recall": pytest.approx(2 / 4),
        "field_f1": pytest.approx(2 * 2 / 7),
        "valid": pytest.approx(2 / 3),
        "ungradable": pytest.approx(1 / 4),
    }
    nothing = scored(get_grader("json_exact"), [("{}", "{}")])
    assert aggregates("json_exact", nothing) == {
        "field_precision": 1, "field_recall": 1, "field_f1": 1, "valid": 1, "ungradable": 0,
    }  # fmt: skip


def test_calls() -> None:
    gold = '{"name": "f", "arguments": {"x": 1}}'
    rows = scored(get_grader("tool_call"), [(gold, gold), (gold, '{"name": "f", "arguments": {}}'), (gold, "no")])
    assert aggregates("tool_call", rows) == {
        "name_accuracy": pytest.approx(2 / 3), "argument_accuracy": pytest.approx(1 / 3), "ungradable": 0,
    }  # fmt: skip


def test_the_rest() -> None:
    assert aggregates("exact_match", scored(get_grader("exact_match"), [("a", "b")])) == {"ungradable": 0}
    assert aggregates("number", scored(get_grader("number"), [("a", "b")])) == {"ungradable": 1}
    assert aggregates("label", []) == {}
