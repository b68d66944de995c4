"""Records out of JSONL, JSON, CSV and TSV files, each with its line; what is broken is kept as such."""

from __future__ import annotations

import csv
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from wrapper.errors import BadInput

MAX_ROW_BYTES = 1024 * 1024
MAX_JSON_BYTES = 1024 * 1024 * 1024  # a .json file is read whole
_KEY = re.compile(rb'(?<!\\)"\s*:')
SUFFIXES = {".jsonl": "JSONL", ".ndjson": "JSONL", ".json": "JSON", ".csv": "CSV", ".tsv": "TSV"}


@dataclass(frozen=True, kw_only=True)
class Found:
    """A record and the line that it starts on (its number, in a .json file)."""

    line: int
    record: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A record that could not be read, and why."""

    line: int
    reason: str


def read_records(path: Path, name: str) -> tuple[str, list[Found | Broken]]:
    """The file's format and all its records; raises BadInput where the file as a whole cannot be read."""
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise BadInput(
            f"{name}: files of type `{path.suffix or 'no suffix'}` are not read",
            hint=f"give one of {', '.join(SUFFIXES)}, not packed; Parquet converts with pandas or polars",
        )
    try:
        _demand_plain_file(path, name)
        if kind == "JSONL":
            found = list(_json_lines(path))
        elif kind == "JSON":
            found = list(_json_array(path, name))
        else:
            found = list(_table(path, name, "\t" if kind == "TSV" else ","))
    except OSError as failure:
        hint = "check the file's permissions"
        raise BadInput(f"{name} cannot be read: {failure.strerror}", hint=hint) from None
    if not found:
        raise BadInput(f"{name} holds no rows", hint="give a file with at least one example")
    return kind, found


def _demand_plain_file(path: Path, name: str) -> None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        hint = "paths in `data` are relative to the spec's folder"
        raise BadInput(f"{name} does not exist", hint=hint) from None
    if stat.S_ISDIR(mode):
        raise BadInput(f"{name} is a folder", hint="name one file in it")
    if not stat.S_ISREG(mode):
        raise BadInput(f"{name} is not a plain file", hint="write the rows to a file first")
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head:
        raise BadInput(f"{name} is empty", hint="give a file with at least one example")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(0) > len(head) // 4:
        raise BadInput(f"{name} is UTF-16 or binary, not UTF-8", hint="save it again as UTF-8 text")


def _json_lines(path: Path) -> Iterator[Found | Broken]:
    with path.open("rb") as stream:
        number = 0
        while line := stream.readline(MAX_ROW_BYTES + 1):
            number += 1
            if len(line) > MAX_ROW_BYTES and not line.endswith(b"\n"):
                while line and not line.endswith(b"\n"):
                    line = stream.readline(MAX_ROW_BYTES + 1)
                yield Broken(line=number, reason=f"longer than {MAX_ROW_BYTES} bytes")
            else:
                text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
                if text.strip():
                    yield _decode(text, number)


def _json_array(path: Path, name: str) -> Iterator[Found | Broken]:
    if path.stat().st_size > MAX_JSON_BYTES:
        size = MAX_JSON_BYTES // 1024**2
        raise BadInput(f"{name} is over {size} MiB", hint="write it as .jsonl, one row a line")
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise BadInput(f"{name} is empty", hint="give a file with at least one example")
    try:
        if data.lstrip().startswith(b"{"):
            data = _single_array(data, name)
        items = msgspec.json.decode(data, type=list[msgspec.Raw])
    except RecursionError:
        raise BadInput(f"{name} is nested too deeply", hint="give an array of flat examples") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise BadInput(
            f"{name} is not a JSON array of rows: {_reason(fault)}",
            hint="write `[{...}, {...}]`; a file with one object a line has to be called .jsonl",
        ) from None
    for number, item in enumerate(items, start=1):
        if len(bytes(item)) > MAX_ROW_BYTES:
            yield Broken(line=number, reason=f"longer than {MAX_ROW_BYTES} bytes")
        else:
            yield _decode(bytes(item), number)


def _single_array(data: bytes, name: str) -> bytes:
    """The one array that an object holds, such as `{"version": 1, "data": [...]}`."""
    members = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    arrays = [key for key, value in members.items() if bytes(value).lstrip().startswith(b"[")]
    if len(arrays) != 1:
        found = ", ".join(f"`{key}`" for key in arrays) or "none"
        raise BadInput(
            f"{name} is an object with {len(arrays)} arrays ({found}), not one that holds the rows",
            hint="write the rows as one array, or one object a line in a .jsonl file",
        )
    return bytes(members[arrays[0]])


def _decode(text: bytes, line: int) -> Found | Broken:
    try:
        record = msgspec.json.decode(text)
        if not isinstance(record, dict):
            return Broken(line=line, reason=f"a JSON {type(record).__name__}, not an object")
        repeated = _repeated_key(text, record)
    except RecursionError:
        return Broken(line=line, reason="nested too deeply")
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        return Broken(line=line, reason=_reason(fault))
    if repeated:
        return Broken(line=line, reason=f"the key `{repeated}` stands twice in one object")
    return Found(line=line, record=record)


def _reason(fault: Exception) -> str:
    if isinstance(fault, UnicodeDecodeError):
        return "not UTF-8"
    return "bad JSON: " + str(fault).removeprefix("JSON is malformed: ")


def _repeated_key(text: bytes, record: dict[str, Any]) -> str:
    """The first key that an object has twice; parsed again only where the count of keys leaves a doubt."""
    if len(_KEY.findall(text)) == _count_keys(record):
        return ""
    import json

    repeated: list[str] = []

    def collect(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                repeated.append(key)
            seen.add(key)

    json.loads(text, object_pairs_hook=collect)
    return repeated[0] if repeated else ""


def _count_keys(value: object) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(_count_keys, value.values()))
    return sum(map(_count_keys, value)) if isinstance(value, list) else 0


def _table(path: Path, name: str, delimiter: str) -> Iterator[Found | Broken]:
    csv.field_size_limit(MAX_ROW_BYTES)
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        first = stream.readline(MAX_ROW_BYTES)
        stream.seek(0)
        if delimiter == "," and ";" in first and "," not in first:
            delimiter = ";"
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        header = _header(reader, name)
        while True:
            line = reader.line_num + 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as fault:
                if "unexpected end of data" in str(fault):
                    raise BadInput(
                        f"{name}:{line}: a quote that opens here is never closed",
                        hint='double the quotes that belong to the text: "a ""quoted"" word"',
                    ) from None
                yield Broken(line=line, reason=str(fault))
                continue
            if fields:
                yield _table_row(header, fields, line)


def _header(reader: Any, name: str) -> list[str]:
    try:
        header = [column.strip() for column in next(reader)]
    except (csv.Error, StopIteration) as fault:
        hint = "name the columns in line 1"
        raise BadInput(f"{name}: the header cannot be read: {fault}", hint=hint) from None
    if len(set(header)) != len(header) or "" in header:
        raise BadInput(
            f"{name}:1: the header has an empty name or a name twice: {', '.join(header)}",
            hint="give each column its own name in line 1",
        )
    return header


def _table_row(header: list[str], fields: list[str], line: int) -> Found | Broken:
    if len(fields) != len(header):
        return Broken(line=line, reason=f"{len(fields)} fields where the header names {len(header)}")
    text = "".join(fields)
    if len(text) > MAX_ROW_BYTES:
        return Broken(line=line, reason=f"longer than {MAX_ROW_BYTES} bytes")
    try:
        text.encode()
    except UnicodeEncodeError:
        return Broken(line=line, reason="not UTF-8")
    return Found(line=line, record=dict(zip(header, fields, strict=True)))
