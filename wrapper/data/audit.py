"""What is wrong with the examples as data: repeats, contradictions, and test rows that training would see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from wrapper.data.normalise import input_key, same_question_key
from wrapper.data.rows import Row
from wrapper.errors import Fault


@dataclass(frozen=True, kw_only=True)
class Audit:
    """Counts and findings over the three splits, as they were read.

    `repeated_inputs` counts training rows whose normalised input an earlier training row has.
    `contradictory_inputs` counts training inputs with more than one answer,
    `contradictory_rows` the training rows that have them.
    `leaked_test_rows` and `leaked_validation_rows` count rows whose input stands in train.
    Contradictions and leakage are judged by `same_question_key`: `2+3` is no repeat of `2-3` there.
    """

    train_rows: int
    validation_rows: int
    test_rows: int
    repeated_inputs: int
    contradictory_inputs: int
    contradictory_rows: int
    leaked_test_rows: int
    leaked_validation_rows: int
    duplicates: tuple[Fault, ...]
    contradictions: tuple[Fault, ...]
    leakage: tuple[Fault, ...]


def audit(train: Sequence[Row], validation: Sequence[Row], test: Sequence[Row]) -> Audit:
    """Look for exact duplicates and contradictions in each split, and for leakage out of train."""
    groups = _by_input(train)
    contradictory = [rows for rows in groups.values() if _answers(rows) > 1]
    elsewhere = [rows for split in (validation, test) for rows in _by_input(split).values()]
    leaked_validation = _leaked("validation", validation, groups)
    leaked_test = _leaked("test", test, groups)
    return Audit(
        train_rows=len(train),
        validation_rows=len(validation),
        test_rows=len(test),
        repeated_inputs=len(train) - len({input_key(row) for row in train}),
        contradictory_inputs=len(contradictory),
        contradictory_rows=sum(map(len, contradictory)),
        leaked_test_rows=len(leaked_test),
        leaked_validation_rows=len(leaked_validation),
        duplicates=tuple(fault for split in (train, validation, test) for fault in _duplicates(split)),
        contradictions=tuple(fault for rows in contradictory + elsewhere for fault in _contradictions(rows)),
        leakage=(*leaked_test, *leaked_validation),
    )


def place(row: Row) -> str:
    return f"{row.file}:{row.line}"


def finding(kind: str, row: Row, message: str) -> Fault:
    return Fault(kind=kind, message=message, file=row.file, line=row.line, column=1)


def _by_input(rows: Sequence[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[same_question_key(row)].append(row)
    return groups


def _answers(rows: Sequence[Row]) -> int:
    return len({row.answer.strip() for row in rows})


def _duplicates(rows: Sequence[Row]) -> list[Fault]:
    first: dict[str, Row] = {}
    found: list[Fault] = []
    for row in rows:
        earlier = first.setdefault(row.row_id, row)
        if earlier is not row:
            found.append(finding("duplicate", row, f"the same row as {place(earlier)}"))
    return found


def _contradictions(rows: Sequence[Row]) -> list[Fault]:
    """One finding for each row whose answer is not the first row's."""
    first, *rest = rows
    return [
        finding(
            "contradiction",
            row,
            f"same input as {place(first)}, other answer: {_short(row.answer)}, not {_short(first.answer)}",
        )
        for row in rest
        if row.answer.strip() != first.answer.strip()
    ]


def _leaked(name: str, rows: Sequence[Row], train: dict[str, list[Row]]) -> list[Fault]:
    found: list[Fault] = []
    for row in rows:
        seen = train.get(same_question_key(row))
        if seen:
            found.append(finding("leakage", row, f"this {name} row also stands in train: {place(seen[0])}"))
    return found


def _short(text: str) -> str:
    return f"`{text}`" if len(text) <= 40 else f"`{text[:40]}...`"
