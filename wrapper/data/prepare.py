"""From the spec's files to the three sets of rows that everything after is measured on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from wrapper.data.audit import Audit, audit, finding, place
from wrapper.data.normalise import same_question_key
from wrapper.data.reading import ReadResult, read_rows
from wrapper.data.rows import Row
from wrapper.data.split import default_test_rows, default_validation_rows, sample, split
from wrapper.errors import BadInput, Fault
from wrapper.spec.fields import Data, TaskKind

SPLITS = ("train", "validation", "test")
MOST_MALFORMED = 0.01  # share of a file's rows
MOST_LEAKED = 0.01  # share of the test rows
MOST_CONTRADICTORY = 0.02  # share of the training rows
LEAST_ROWS = 10
_SHOWN = 3
_MANY_ANSWERS: tuple[TaskKind, ...] = ("chat", "summarisation")  # one input may have several right answers


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The frozen rows and what was found on the way.

    `formats` pairs each file with the format it was read as; `digest` is the sha256 of the rows' content.
    `faults` are rows that were left out and why; `objections` are reasons for the data gate to refuse.
    """

    train: tuple[Row, ...]
    validation: tuple[Row, ...]
    test: tuple[Row, ...]
    audit: Audit
    formats: tuple[tuple[str, str], ...]
    digest: str
    notes: tuple[str, ...]
    faults: tuple[Fault, ...]
    objections: tuple[str, ...]


def prepare(data: Data, base_dir: Path, kind: TaskKind, seed: int | None = None) -> Prepared:
    """Read, audit, clean, split and sample; raises BadInput only for what cannot be read at all."""
    chance = data.seed if seed is None else seed
    labels = kind == "classification"
    results = _read(data, base_dir)
    read = {name: _without_duplicates(result.rows) for name, result in results.items()}
    findings = audit(*(results[name].rows if name in results else () for name in SPLITS))
    train, validation, test, left_out = _set_apart(read, data, chance, labels)
    parts = split(
        train,
        validation_rows=0 if data.validation else data.validation_rows or default_validation_rows(len(train)),
        test_rows=0 if data.test else data.test_rows or default_test_rows(len(train)),
        seed=chance,
        labels=labels,
    )
    train = _limited(parts.train, data.train_rows, chance, labels)
    validation, test = validation or parts.validation, test or parts.test
    return Prepared(
        train=train,
        validation=validation,
        test=test,
        audit=findings,
        formats=tuple((getattr(data, name), result.format) for name, result in results.items()),
        digest=rows_digest(train, validation, test),
        notes=tuple(_notes(results, read, findings, left_out, train, test, labels)),
        faults=(*(fault for result in results.values() for fault in result.faults), *left_out),
        objections=(
            *_malformed(results),
            *_contradictory(findings, kind),
            *_leaky(findings),
            *_too_few(train, test),
        ),
    )


def rows_digest(*splits: Sequence[Row]) -> str:
    """sha256 of the content of the splits in order, whatever files and lines the rows came from."""
    digest = sha256()
    for rows in splits:
        digest.update(b"split\n")
        for row in rows:
            digest.update(f"{row.row_id}\n".encode())
    return digest.hexdigest()


def _read(data: Data, base_dir: Path) -> dict[str, ReadResult]:
    """The files that the spec names, by split."""
    named = {"train": data.train, "validation": data.validation, "test": data.test}
    paths = {name: base_dir / file for name, file in named.items() if file is not None}
    seen: dict[Path, str] = {}
    for name, path in paths.items():
        twin = seen.setdefault(path.resolve(), name)
        if twin != name:
            raise BadInput(
                f"`data.{twin}` and `data.{name}` are the same file, {named[name]}",
                hint=f"leave `data.{name}` out, and rows are split off for it",
            )
    return {
        name: read_rows(path, input_field=data.input, output_field=data.output, name=str(named[name]))
        for name, path in paths.items()
    }


def _set_apart(
    read: dict[str, tuple[Row, ...]], data: Data, seed: int, labels: bool
) -> tuple[tuple[Row, ...], tuple[Row, ...], tuple[Row, ...], list[Fault]]:
    """Train, validation and test rows as given, sampled, no input of a later one in an earlier one."""
    test = _limited(read.get("test", ()), data.test_rows, seed, labels)
    validation = _limited(read.get("validation", ()), data.validation_rows, seed, labels)
    validation, from_validation = _without_inputs_of(validation, {"test": test})
    train, from_train = _without_inputs_of(read["train"], {"test": test, "validation": validation})
    if not train:
        raise BadInput(
            f"no training row is left of {data.train}: all of them stand in the test or validation rows",
            hint="give other rows to test on, or leave `data.test` out to have them split off",
        )
    return train, validation, test, from_train + from_validation


def _without_duplicates(rows: Iterable[Row]) -> tuple[Row, ...]:
    """The first of each set of identical rows: scores are joined by row_id."""
    return tuple({row.row_id: row for row in reversed(tuple(rows))}.values())[::-1]


def _limited(rows: tuple[Row, ...], count: int | None, seed: int, labels: bool) -> tuple[Row, ...]:
    return sample(rows, count, seed=seed, labels=labels) if count else rows


def _without_inputs_of(
    rows: tuple[Row, ...], others: dict[str, tuple[Row, ...]]
) -> tuple[tuple[Row, ...], list[Fault]]:
    """Rows whose input is in none of the other splits, and a finding for each row left out."""
    held = {same_question_key(row): (name, row) for name, split_rows in others.items() for row in split_rows}
    kept: list[Row] = []
    left_out: list[Fault] = []
    for row in rows:
        if twin := held.get(same_question_key(row)):
            name, other = twin
            left_out.append(finding("leakage", row, f"left out: its input is the {name} row {place(other)}"))
        else:
            kept.append(row)
    return tuple(kept), left_out


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.1f} %)"


def _malformed(results: dict[str, ReadResult]) -> Iterable[str]:
    for name, result in results.items():
        lines = len(result.rows) + len(result.faults)
        if len(result.faults) > MOST_MALFORMED * lines:
            yield f"{_share(len(result.faults), lines)} {name} rows are malformed, more than 1 %"


def _contradictory(findings: Audit, kind: TaskKind) -> Iterable[str]:
    if kind not in _MANY_ANSWERS and findings.contradictory_rows > MOST_CONTRADICTORY * findings.train_rows:
        yield (
            f"{_share(findings.contradictory_rows, findings.train_rows)} training rows contradict another "
            "with the same input, more than 2 %"
        )


def _leaky(findings: Audit) -> Iterable[str]:
    if findings.leaked_test_rows > MOST_LEAKED * findings.test_rows:
        share = _share(findings.leaked_test_rows, findings.test_rows)
        yield f"{share} test rows also stand in train, more than 1 %"


def _too_few(train: Sequence[Row], test: Sequence[Row]) -> Iterable[str]:
    for name, rows in (("training", train), ("test", test)):
        if len(rows) < LEAST_ROWS:
            yield f"only {len(rows)} {name} rows: fewer than {LEAST_ROWS} show nothing"


def _notes(
    results: dict[str, ReadResult],
    read: dict[str, tuple[Row, ...]],
    findings: Audit,
    left_out: list[Fault],
    train: Sequence[Row],
    test: Sequence[Row],
    labels: bool,
) -> Iterable[str]:
    """What was done to the rows, for people."""
    for name, result in results.items():
        if result.faults:
            shown = "; ".join(map(str, result.faults[:_SHOWN]))
            more = f"; and {len(result.faults) - _SHOWN} more" if len(result.faults) > _SHOWN else ""
            yield f"{len(result.faults)} malformed {name} rows were left out: {shown}{more}"
        if repeated := len(result.rows) - len(read[name]):
            yield f"{repeated} exact duplicates among the {name} rows were left out"
    if left_out:
        yield f"{len(left_out)} rows were left out of training or validation: their input is held out"
    if findings.contradictory_inputs:
        yield f"{findings.contradictory_inputs} training inputs have more than one answer"
    if labels and (unseen := {row.answer.strip() for row in test} - {row.answer.strip() for row in train}):
        yield f"{len(unseen)} labels of the test rows have no training row: {', '.join(sorted(unseen)[:5])}"
