"""Splitting for `thriftune data split`: prepared rows written as files, with what keeps them where they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from wrapper.data.held_out import HeldOut, as_file, held_out, read_held_out
from wrapper.data.prepare import prepare, read_splits
from wrapper.data.prepared import Prepared
from wrapper.data.quality.answers import label_counts
from wrapper.data.rows import SPLITS, Row
from wrapper.data.split import NOT_FROZEN, Frozen, sample
from wrapper.data.writing import chat_lines, demand_folder, write_folder
from wrapper.errors import UsageFault
from wrapper.pipeline.data_audit import Request
from wrapper.spec.fields import Data, TaskKind

_RECORD = "split.json"


class SplitReport(Struct, frozen=True, kw_only=True):
    """What a split wrote: rows by split (`smoke` is a part of train), and what was left out by reason."""

    version: int = 1
    digest: str
    rows: dict[str, int]
    kept: dict[str, int]
    left_out: dict[str, int]
    notes: tuple[str, ...]
    files: tuple[str, ...]


def split_data(request: Request, folder: Path, *, smoke_rows: int, changes: Mapping[str, int]) -> SplitReport:
    """Write the splits into a folder; `changes` go over what the data settings say."""
    demand_folder(folder)
    data = msgspec.structs.replace(request.data, **changes)
    before = read_held_out(folder / _RECORD)
    _keep_strangers(folder, before)
    frozen = before.frozen if before else NOT_FROZEN
    kind: TaskKind = request.kind or _guessed_kind(request)
    prepared = prepare(data, request.folder, kind, frozen=frozen)
    smoke = sample(prepared.train, smoke_rows, seed=data.seed, labels=kind == "classification")
    record = held_out(data.seed, prepared, frozen)
    parts: dict[str, tuple[Row, ...]] = {name: getattr(prepared, name) for name in SPLITS} | {"smoke": smoke}
    files = {f"{name}.jsonl": chat_lines(rows) for name, rows in parts.items()}
    write_folder(folder, files | {_RECORD: as_file(record)})
    return SplitReport(
        digest=prepared.digest,
        rows={name: len(rows) for name, rows in parts.items()},
        kept={name: len(getattr(frozen, name) & set(getattr(record, name))) for name in ("test", "validation")},
        left_out=_left_out(prepared),
        notes=(*_kept_more(prepared, frozen, data), *prepared.notes, *prepared.objections),
        files=tuple(str(folder / name) for name in (*files, _RECORD)),
    )


def _kept_more(prepared: Prepared, frozen: Frozen, data: Data) -> Iterator[str]:
    """What was held out before stays so, whatever counts are asked for; a test file of the user's own is another."""
    if data.test_rows and len(prepared.test) > data.test_rows and not data.test:
        yield f"{len(prepared.test)} test rows, not {data.test_rows}: what was held out before is never trained on"
    if data.test and frozen.test:
        yield "the test file that is given takes the place of the rows that were held out before: those are trained on"


def _keep_strangers(folder: Path, before: HeldOut | None) -> None:
    """Files that no split wrote are not written over."""
    there = [f"{name}.jsonl" for name in (*SPLITS, "smoke") if (folder / f"{name}.jsonl").exists()]
    if there and before is None:
        raise UsageFault(f"{folder} holds {', '.join(there)}, and no {_RECORD}", hint="split into another folder")


def _guessed_kind(request: Request) -> TaskKind:
    """Labels are spread in proportion; whether the answers are labels shows in the rows."""
    return "classification" if label_counts(read_splits(request.data, request.folder)["train"].rows) else "qa"


def _left_out(prepared: Prepared) -> dict[str, int]:
    """Rows that were read or could not be, and that no split holds, by the reason."""
    counts = Counter(found.rule for found in prepared.faults)
    counts["exact_duplicate"] = prepared.repeated
    counts["more rows than asked for"] = prepared.over_limit
    return {rule: count for rule, count in counts.items() if count}
