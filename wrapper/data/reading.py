"""Rows out of a user's file: each line becomes a row or a fault, none is lost in silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wrapper.data import records
from wrapper.data.records import Broken, Found
from wrapper.data.rows import Row, make_row
from wrapper.data.shapes import MalformedError, Shape, detect, explicit
from wrapper.errors import BadInput, Fault

_SHOWN = 10
_LOOKED_AT = 100  # records that decide the shape of a file


@dataclass(frozen=True, kw_only=True)
class ReadResult:
    """What a file held: as many rows and faults together as it has records. `format` is for people."""

    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]
    format: str


def read_rows(
    path: Path, *, input_field: str | None = None, output_field: str | None = None, name: str = ""
) -> ReadResult:
    """Read a .jsonl, .json, .csv or .tsv file; `name` is what rows and faults call it.

    Raises BadInput where the file as a whole cannot be read, or not one of its rows.
    """
    name = name or str(path)
    if (input_field is None) != (output_field is None):
        raise BadInput(
            "`data.input` and `data.output` are given one without the other",
            hint="name both fields, or neither where the shape of the file is a usual one",
        )
    kind, found = records.read_records(path, name)
    good = [item.record for item in found if isinstance(item, Found)][:_LOOKED_AT]
    if not good:
        is_array = path.suffix.lower() in (".jsonl", ".ndjson") and _opens_with(path, b"[")
        raise _nothing_read(name, tuple(_faults(found, name)), is_array=is_array)
    if input_field is not None and output_field is not None:
        _demand_fields(good, (input_field, output_field), name)
        shape = explicit(input_field, output_field)
    else:
        shape = detect(good, file=name)
    return _parse_all(found, shape, name, f"{kind}, {shape.name}")


def _opens_with(path: Path, sign: bytes) -> bool:
    with path.open("rb") as stream:
        return stream.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(sign)


def _parse_all(found: list[Found | Broken], shape: Shape, name: str, said: str) -> ReadResult:
    rows: list[Row] = []
    faults: list[Fault] = []
    for item in found:
        if isinstance(item, Broken):
            faults.append(_fault(item, name))
            continue
        try:
            messages, answer = shape.parse(item.record)
            rows.append(make_row(messages, answer, file=name, line=item.line))
        except MalformedError as fault:
            faults.append(_fault(Broken(line=item.line, reason=str(fault)), name))
    if not rows:
        raise _nothing_read(name, tuple(faults), is_array=False)
    return ReadResult(rows=tuple(rows), faults=tuple(faults), format=said)


def _demand_fields(good: list[dict[str, Any]], fields: tuple[str, str], name: str) -> None:
    """A field that no row has is a slip in the spec, not a fault of each row."""
    from difflib import get_close_matches

    for field in fields:
        if not any(field in record for record in good):
            near = get_close_matches(field, list(good[0]), n=1)
            fields_found = ", ".join(list(good[0])[:12])
            hint = f"did you mean `{near[0]}`?" if near else f"its fields are: {fields_found}"
            raise BadInput(f"{name}: no row has the field `{field}`", hint=hint)


def _faults(found: list[Found | Broken], name: str) -> Iterator[Fault]:
    return (_fault(item, name) for item in found if isinstance(item, Broken))


def _fault(item: Broken, name: str) -> Fault:
    return Fault(kind="malformed", message=item.reason, file=name, line=item.line, column=1)


def _nothing_read(name: str, faults: tuple[Fault, ...], *, is_array: bool) -> BadInput:
    hint = "the lines above say why"
    if len(faults) > _SHOWN:
        hint += f"; the first {_SHOWN} of {len(faults)} are shown"
    if is_array:
        hint = "this is a JSON array, not an object a line: name the file .json"
    return BadInput(f"{name}: not one of {len(faults)} rows can be read", hint=hint, faults=faults[:_SHOWN])
