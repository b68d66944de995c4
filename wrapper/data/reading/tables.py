"""Records out of CSV and TSV files whose first line names the columns."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import BufferedReader, TextIOWrapper
from typing import Any

from wrapper.data.reading.records import MAX_ROW_BYTES, TOO_LONG, Broken, Found, excerpt_of
from wrapper.errors import BadInput

_OTHER_DELIMITERS = (";", "\t")


def read_csv(stream: BufferedReader, name: str) -> Iterator[Found | Broken]:
    return _read(stream, name, ",")


def read_tsv(stream: BufferedReader, name: str) -> Iterator[Found | Broken]:
    return _read(stream, name, "\t")


class _Lines:
    """Physical lines for the csv module, none of them, and no row of several, longer than a row may be.

    What goes beyond that is replaced by its quotes alone, an odd number of them by one, so that the row still
    ends where it ends.
    """

    def __init__(self, text: TextIOWrapper) -> None:
        self._text = text
        self._characters = 0
        self._row: list[str] = []

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(MAX_ROW_BYTES + 1):
            self._characters += len(line)
            if self._characters <= MAX_ROW_BYTES:
                self._row.append(line)
                yield line
                continue
            if not self._row:
                self._row.append(line)
            quotes = line.count('"')
            while line and not line.endswith(("\n", "\r")):
                line = self._text.readline(MAX_ROW_BYTES)
                quotes += line.count('"')
            yield '"' if quotes % 2 else ""

    def row(self) -> tuple[str, bool]:
        """The lines since the last call, and whether they are too long for a row."""
        raw, is_too_long = "".join(self._row), self._characters > MAX_ROW_BYTES
        self._row, self._characters = [], 0
        return raw, is_too_long


def _read(stream: BufferedReader, name: str, delimiter: str) -> Iterator[Found | Broken]:
    csv.field_size_limit(2 * MAX_ROW_BYTES)
    first = stream.peek()[:MAX_ROW_BYTES].split(b"\n", 1)[0].decode("utf-8", "replace")
    if delimiter not in first:
        delimiter = next((other for other in _OTHER_DELIMITERS if other in first), delimiter)
    lines = _Lines(TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline=""))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    header = _header(reader, name)
    lines.row()
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            yield _unparsed(lines, line, reader.line_num, fault, name)
            continue
        raw, is_too_long = lines.row()
        if is_too_long:
            yield Broken(line=line, reason=TOO_LONG, excerpt=excerpt_of(raw))
        elif fields:
            yield _row(header, fields, line, raw)


def _unparsed(lines: _Lines, line: int, last: int, fault: csv.Error, name: str) -> Broken:
    if "unexpected end of data" in str(fault):
        raise BadInput(
            f"{name}:{line}: a quote that opens here is never closed",
            hint='double the quotes that belong to the text: "a ""quoted"" word"',
        )
    raw, _ = lines.row()
    extent = f"; a quote that opens here takes in all up to line {last}" if last > line else ""
    return Broken(line=line, reason=f"bad CSV: {fault}{extent}", excerpt=excerpt_of(raw))


def _header(reader: Any, name: str) -> list[str]:
    try:
        header = [column.strip() for column in next(reader)]
    except (csv.Error, StopIteration) as fault:
        hint = "name the columns in line 1"
        raise BadInput(f"{name}: the header cannot be read: {fault or 'there is none'}", hint=hint) from None
    if not header or "" in header or len(set(header)) != len(header):
        raise BadInput(
            f"{name}:1: the header has an empty name or a name twice: {', '.join(header)[:200]}",
            hint="give each column its own name in line 1",
        )
    try:
        "".join(header).encode()
    except UnicodeEncodeError:
        raise BadInput(f"{name}:1: the header is not UTF-8", hint="save the file again as UTF-8 text") from None
    return header


def _row(header: list[str], fields: list[str], line: int, raw: str) -> Found | Broken:
    try:
        raw.encode()
    except UnicodeEncodeError:
        return Broken(line=line, reason="not UTF-8", excerpt=excerpt_of(raw))
    if len(fields) != len(header):
        reason = f"{len(fields)} fields where the header names {len(header)}"
        return Broken(line=line, reason=reason, excerpt=excerpt_of(raw))
    return Found(line=line, record=dict(zip(header, fields, strict=True)))
