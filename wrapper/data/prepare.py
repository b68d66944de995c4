"""From the spec's files to the three sets of rows that everything after is measured on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from wrapper.data.groups import group_keys
from wrapper.data.normalise import same_question_key
from wrapper.data.prepared import Prepared, rows_digest
from wrapper.data.quality.audit import LEAST_ROWS, audit, objections
from wrapper.data.quality.findings import Audit, Finding, finding, malformed, place
from wrapper.data.quality.repeats import Repeats
from wrapper.data.reading import ReadResult
from wrapper.data.reading.sources import read_sources, refuse_shared_files
from wrapper.data.rows import SPLITS, Row
from wrapper.data.split import NOT_FROZEN, Frozen, default_test_rows, default_validation_rows, sample, split
from wrapper.errors import BadInput
from wrapper.spec.fields import Data, TaskKind

_SHOWN = 3


def prepare(
    data: Data,
    base_dir: Path,
    kind: TaskKind,
    seed: int | None = None,
    frozen: Frozen = NOT_FROZEN,
) -> Prepared:
    """Read, audit, clean, split and sample; raises BadInput only for what cannot be read at all.

    Rows that were test or validation rows in a `frozen` split stay so.
    """
    chance = data.seed if seed is None else seed
    labels = kind == "classification"
    results = read_splits(data, base_dir)
    read = {name: result.rows for name, result in results.items()}
    unreadable = {name: malformed(result.faults) for name, result in results.items()}
    found, repeats = audit(read, unreadable, kind)
    apart = _Apart(read, repeats)
    unique = {name: without_duplicates(rows) for name, rows in read.items()}
    test = _limited(unique.get("test", ()), data.test_rows, chance, labels)
    validation, of_validation = apart.from_held_out(
        _limited(unique.get("validation", ()), data.validation_rows, chance, labels), test
    )
    train, of_train = apart.from_held_out(unique["train"], (*test, *validation))
    if not train:
        files = ", ".join(data.named["train"])
        raise BadInput(
            f"no training row is left of {files}: all of them stand in the test or validation rows",
            hint="give other rows to test on, or leave `data.test` out to have them split off",
        )
    parts = split(
        train,
        validation_rows=0 if data.validation else data.validation_rows or default_validation_rows(len(train)),
        test_rows=0 if data.test else data.test_rows or default_test_rows(len(train)),
        seed=chance,
        labels=labels,
        keys=group_keys(train, apart.links_within(train)),
        frozen=frozen,
    )
    train = _limited(parts.train, data.train_rows, chance, labels)
    validation, test = validation or parts.validation, test or parts.test
    left_out = [*of_train, *of_validation]
    repeated = sum(len(rows) - len(unique[name]) for name, rows in read.items())
    kept = len(train) + len(validation) + len(test)
    return Prepared(
        train=train,
        validation=validation,
        test=test,
        audit=found,
        formats=tuple(pair for result in results.values() for pair in result.formats),
        digest=rows_digest(train, validation, test),
        notes=(
            *(note for result in results.values() for note in result.notes),
            *_notes(unreadable, read, unique, found, left_out),
            *(_unseen_labels(train, test) if labels else ()),
        ),
        faults=(*(fault for faults in unreadable.values() for fault in faults), *left_out),
        repeated=repeated,
        over_limit=sum(map(len, read.values())) - repeated - len(left_out) - kept,
        objections=(*objections(found, kind), *_too_few(train, test)),
    )


def read_splits(data: Data, base_dir: Path) -> dict[str, ReadResult]:
    """The rows of the files that the spec names, by split; raises BadInput where two splits name one file."""
    refuse_shared_files(data.named, base_dir)
    return {
        split: read_sources(
            named,
            base_dir,
            input_field=data.input,
            output_field=data.output,
            group_field=data.group,
            aliases_field=data.aliases,
        )
        for split, named in data.named.items()
    }


def without_duplicates(rows: Iterable[Row]) -> tuple[Row, ...]:
    """The first of each set of identical rows: scores are joined by row_id."""
    return tuple({row.row_id: row for row in reversed(tuple(rows))}.values())[::-1]


class _Apart:
    """What the audit knows of rows that belong together, by where the rows stand."""

    def __init__(self, read: dict[str, tuple[Row, ...]], repeats: Repeats) -> None:
        places = [place(row) for name in SPLITS for row in read.get(name, ())]
        self.links = [(places[one], places[other]) for one, other in repeats.links]
        self.leaks = [(places[one], places[other]) for one, other in repeats.leaks]

    def from_held_out(
        self, rows: tuple[Row, ...], held_out: Sequence[Row]
    ) -> tuple[tuple[Row, ...], list[Finding]]:
        """Rows whose input is in none of the held-out rows, and a finding for each row left out."""
        held = {place(row): row for row in held_out}
        twins = {one: held[other] for one, other in self.leaks if other in held}
        inputs = {same_question_key(row): row for row in held_out}  # of one input only the first rows were compared
        twins |= {place(row): inputs[key] for row in rows if (key := same_question_key(row)) in inputs}
        left_out = [
            finding("leakage", row, f"left out: its input is held out: {place(twin)}", related=[twin])
            for row in rows
            if (twin := twins.get(place(row)))
        ]
        return tuple(row for row in rows if place(row) not in twins), left_out

    def links_within(self, rows: Sequence[Row]) -> list[tuple[int, int]]:
        at = {place(row): number for number, row in enumerate(rows)}
        return [(at[one], at[other]) for one, other in self.links if one in at and other in at]


def _limited(rows: tuple[Row, ...], count: int | None, seed: int, labels: bool) -> tuple[Row, ...]:
    return sample(rows, count, seed=seed, labels=labels) if count else rows


def _too_few(train: Sequence[Row], test: Sequence[Row]) -> Iterable[str]:
    for name, rows in (("training", train), ("test", test)):
        if len(rows) < LEAST_ROWS:
            yield f"only {len(rows)} {name} rows: fewer than {LEAST_ROWS} show nothing"


def _notes(
    unreadable: dict[str, list[Finding]],
    read: dict[str, tuple[Row, ...]],
    unique: dict[str, tuple[Row, ...]],
    found: Audit,
    left_out: list[Finding],
) -> Iterable[str]:
    """What was done to the rows, for people."""
    for name, faults in unreadable.items():
        if faults:
            shown = "; ".join(f"{fault.file}:{fault.line}: {fault.detail}" for fault in faults[:_SHOWN])
            more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
            yield f"{len(faults)} malformed {name} rows were left out: {shown}{more}"
        if repeated := len(read[name]) - len(unique[name]):
            yield f"{repeated} exact duplicates among the {name} rows were left out"
    if left_out:
        yield f"{len(left_out)} rows were left out of training or validation: their input is held out"
    if found.contradictory_inputs:
        yield f"{found.contradictory_inputs} training inputs have more than one answer"
    counts = found.counts()
    seen = [f"{counts[rule]} {rule}" for rule in ("near_duplicate", "low_value") if rule in counts]
    if seen:
        yield f"worth a look with `thriftune data audit`: {', '.join(seen)}"


def _unseen_labels(train: Sequence[Row], test: Sequence[Row]) -> Iterable[str]:
    unseen = {row.answer.strip() for row in test} - {row.answer.strip() for row in train}
    if unseen:
        yield f"{len(unseen)} labels of the test rows have no training row: {', '.join(sorted(unseen)[:5])}"
