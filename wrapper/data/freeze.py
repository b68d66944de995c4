"""The prepared rows on disk: written whole or not at all, and checked when they are read back."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import uuid4

import msgspec

from wrapper.data.prepared import Prepared, rows_digest
from wrapper.data.quality.findings import Audit, Finding
from wrapper.data.rows import SPLITS, Row, make_row
from wrapper.errors import BadInput

_AUDIT = "audit.json"


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What audit.json holds: all of Prepared but the rows."""

    version: int = 2
    digest: str
    formats: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    objections: tuple[str, ...]
    audit: Audit
    faults: tuple[Finding, ...]
    repeated: int
    over_limit: int


def freeze(prepared: Prepared, folder: Path) -> Path:
    """Write train.jsonl, validation.jsonl, test.jsonl and audit.json; a folder that was there is replaced."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = _aside(folder)
    fresh.mkdir()
    try:
        for name in SPLITS:
            (fresh / f"{name}.jsonl").write_bytes(_lines(getattr(prepared, name)))
        (fresh / _AUDIT).write_bytes(msgspec.json.format(msgspec.json.encode(_record(prepared)), indent=2))
        _put(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def thaw(folder: Path) -> Prepared:
    """Read a frozen folder; raises BadInput where a file is missing, broken or was changed."""
    try:
        record = msgspec.json.decode((folder / _AUDIT).read_bytes(), type=_Record)
        splits = {name: _rows((folder / f"{name}.jsonl").read_bytes()) for name in SPLITS}
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise BadInput(f"{folder} is no folder of frozen rows: {fault}", hint=_hint(folder)) from None
    if rows_digest(*(splits[name] for name in SPLITS)) != record.digest:
        raise BadInput(f"the frozen rows in {folder} were changed since", hint=_hint(folder))
    return Prepared(
        train=splits["train"],
        validation=splits["validation"],
        test=splits["test"],
        audit=record.audit,
        formats=record.formats,
        digest=record.digest,
        notes=record.notes,
        faults=record.faults,
        repeated=record.repeated,
        over_limit=record.over_limit,
        objections=record.objections,
    )


def _record(prepared: Prepared) -> _Record:
    return _Record(
        digest=prepared.digest,
        formats=prepared.formats,
        notes=prepared.notes,
        objections=prepared.objections,
        audit=prepared.audit,
        faults=prepared.faults,
        repeated=prepared.repeated,
        over_limit=prepared.over_limit,
    )


def _lines(rows: tuple[Row, ...]) -> bytes:
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def _rows(data: bytes) -> tuple[Row, ...]:
    """Rows with their row_id taken from their content anew, so that a changed answer shows in the digest."""
    kept = msgspec.json.Decoder(Row).decode_lines(data)
    return tuple(
        make_row(row.messages, row.answer, file=row.file, line=row.line, group=row.group, aliases=row.aliases)
        for row in kept
    )


def _put(fresh: Path, folder: Path) -> None:
    """Move the new folder into its place; what was there goes first, under another name."""
    old = _aside(folder)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _aside(folder: Path) -> Path:
    """A name beside the folder that nothing else has."""
    return folder.with_name(f".{folder.name}-{uuid4().hex}")


def _hint(folder: Path) -> str:
    return f"remove the folder {folder.name}, and the rows are prepared again"
