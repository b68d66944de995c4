"""What an audit counts, and which of it keeps the data from being trained on."""

from __future__ import annotations

import pytest

from wrapper.data.quality.audit import audit, objections
from wrapper.data.quality.findings import Finding


def many(row, count, file="rows.jsonl", word="question number"):
    return [row(f"{word} {number}", f"answer {number}", number + 1, file) for number in range(count)]


def bad(line):
    return Finding(rule="malformed", severity="error", file="rows.jsonl", line=line, detail="bad JSON")


def test_counts_by_split_and_findings_in_the_order_of_the_files(row) -> None:
    train = [*many(row, 40), row("question number 3", "answer 3", 41), row("Question number 5!", "another", 42)]
    test = [row("QUESTION number 7", "answer 7", 1, "test.jsonl"), row("something else", "x", 2, "test.jsonl")]
    found, _ = audit({"train": train, "test": test}, {"train": [bad(43)]})
    assert (found.rows, found.malformed) == ({"train": 42, "test": 2}, {"train": 1})
    assert [(one.file, one.line, one.rule) for one in found.findings if one.line] == [
        ("rows.jsonl", 41, "exact_duplicate"),
        ("rows.jsonl", 42, "contradiction"),
        ("rows.jsonl", 43, "malformed"),
        ("test.jsonl", 1, "leakage"),
    ]
    assert (found.repeated_inputs, found.contradictory_inputs, found.contradictory_rows) == (2, 1, 2)
    assert (found.leaked["test"], found.nearly_leaked["test"]) == (1, 0)


@pytest.mark.parametrize(("lines", "refused"), [(1, False), (2, True)])
def test_the_gate_refuses_beyond_one_percent_of_malformed_rows(row, lines, refused) -> None:
    found, _ = audit({"train": many(row, 100)}, {"train": [bad(line) for line in range(lines)]})
    assert bool(list(objections(found, "qa"))) is refused


@pytest.mark.parametrize(("kind", "refused"), [("qa", True), (None, True), ("chat", False)])
def test_contradictions_count_where_one_answer_is_right(row, kind, refused) -> None:
    others = [row(f"question number {number}", "no", 200 + number) for number in range(3)]
    found, _ = audit({"train": many(row, 100) + others})
    assert bool(list(objections(found, kind))) is refused


def test_clean_rows_have_no_findings_but_that_they_are_few(row) -> None:
    found, _ = audit({"train": many(row, 20), "test": many(row, 10, "test.jsonl", "other text")})
    assert [one.rule for one in found.findings] == ["too_few_rows"]
