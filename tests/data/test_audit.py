"""Repeats, contradictions and leakage are found, and told with both places."""

from __future__ import annotations

from wrapper.data.audit import audit


def test_finds_each_kind_once(row) -> None:
    texts = [("Hi there", "a"), ("hi, THERE!", "a"), ("hi there?", "b"), ("Hi there", "a")]
    texts += [("2+3", "5"), ("2-3", "-1")]
    train = [row(text, answer, line) for line, (text, answer) in enumerate(texts, start=1)]
    test = [row("HI THERE", "a", 1, "test.jsonl"), row("something else", "a", 2, "test.jsonl")]
    validation = [row("2 - 3", "-1", 1, "validation.jsonl")]
    found = audit(train, validation, test)
    assert (found.train_rows, found.validation_rows, found.test_rows) == (6, 1, 2)
    assert (found.repeated_inputs, found.contradictory_inputs, found.contradictory_rows) == (4, 1, 4)
    assert (found.leaked_test_rows, found.leaked_validation_rows) == (1, 1)
    assert [str(fault) for fault in found.duplicates] == ["rows.jsonl:4:1: the same row as rows.jsonl:1"]
    assert [str(fault) for fault in found.contradictions] == [
        "rows.jsonl:3:1: same input as rows.jsonl:1, other answer: `b`, not `a`"
    ]
    assert [str(fault) for fault in found.leakage] == [
        "test.jsonl:1:1: this test row also stands in train: rows.jsonl:1",
        "validation.jsonl:1:1: this validation row also stands in train: rows.jsonl:6",
    ]


def test_clean_data_has_no_findings(row) -> None:
    found = audit([row("a"), row("b")], [row("c")], [row("d")])
    assert found.duplicates == found.contradictions == found.leakage == ()
