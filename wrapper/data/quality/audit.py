"""What is wrong with the examples as data, row by row, and whether they are fit to train on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from msgspec.structs import replace

from wrapper.data.quality.answers import find_low_value, habits_of
from wrapper.data.quality.balance import find_imbalance
from wrapper.data.quality.findings import Audit, Finding
from wrapper.data.quality.repeats import Repeats, find_repeats
from wrapper.data.rows import SPLITS, Row
from wrapper.spec.fields import TaskKind

MOST_MALFORMED = 0.01  # share of a split's rows
MOST_LEAKED = 0.01  # share of the test rows
MOST_CONTRADICTORY = 0.02  # share of the training rows
LEAST_ROWS = 10
MANY_ANSWERS: tuple[TaskKind, ...] = ("chat", "summarisation")  # one input may have several right answers


def audit(
    splits: Mapping[str, Sequence[Row]],
    unreadable: Mapping[str, Sequence[Finding]] | None = None,
    kind: TaskKind | None = None,
) -> tuple[Audit, Repeats]:
    """Everything that rows show by themselves; `unreadable` are the findings of their readers, by split.

    Where a task of this kind has many right answers, contradictions are told for information.
    """
    unreadable = unreadable or {}
    train = splits.get("train", ())
    repeats = find_repeats(splits)
    habits = habits_of(train)
    labels = Counter(row.answer.strip() for row in train) if kind == "classification" else habits.labels
    repeated = [_by_kind(found, kind) for found in repeats.findings]
    low_value = [found for name in SPLITS for found in find_low_value(splits.get(name, ()), habits)]
    whole = find_imbalance(train, labels, repeats.template_share, train[0].file) if train else ()
    findings = [*chain.from_iterable(unreadable.values()), *repeated, *low_value, *whole]
    return (
        Audit(
            rows={name: len(rows) for name, rows in splits.items()},
            malformed={name: len(found) for name, found in unreadable.items()},
            findings=in_order(findings, splits),
            repeated_inputs=repeats.repeated_inputs,
            contradictory_inputs=repeats.contradictory_inputs,
            contradictory_rows=repeats.contradictory_rows,
            leaked=repeats.leaked,
            nearly_leaked=repeats.nearly_leaked,
        ),
        repeats,
    )


def _by_kind(found: Finding, kind: TaskKind | None) -> Finding:
    if kind in MANY_ANSWERS and found.rule == "contradiction":
        return replace(found, severity="info")
    return found


def in_order(findings: Sequence[Finding], splits: Mapping[str, Sequence[Row]]) -> tuple[Finding, ...]:
    """Findings in the order of the files and their lines."""
    files = dict.fromkeys(row.file for name in SPLITS for row in splits.get(name, ()))
    places = {file: number for number, file in enumerate(files)}
    return tuple(sorted(findings, key=lambda found: (places.get(found.file, len(places)), found.line)))


def objections(found: Audit, kind: TaskKind | None) -> Iterator[str]:
    """Reasons not to train on these rows: what the data gate says. Without a kind, one answer a question is right."""
    yield from _malformed(found)
    rows = found.rows.get("train", 0)
    if kind not in MANY_ANSWERS and found.contradictory_rows > MOST_CONTRADICTORY * rows:
        found_share = share(found.contradictory_rows, rows)
        yield f"{found_share} training rows contradict another with the same input, more than 2 %"
    tested, leaked = found.rows.get("test", 0), found.leaked.get("test", 0)
    if leaked > MOST_LEAKED * tested:
        yield f"{share(leaked, tested)} test rows also stand in train, more than 1 %"


def _malformed(found: Audit) -> Iterator[str]:
    for name, bad in found.malformed.items():
        whole = found.rows.get(name, 0) + bad
        if bad > MOST_MALFORMED * whole:
            yield f"{share(bad, whole)} {name} rows are malformed, more than 1 %"


def share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.1f} %)"
