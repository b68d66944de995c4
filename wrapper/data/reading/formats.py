"""Which reader reads a file: by its suffix, and where JSON is misnamed, by what stands in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

import msgspec

from wrapper.data.reading import json_arrays, json_lines, parquet, tables
from wrapper.data.reading.file_types import PARQUET, kind_of
from wrapper.data.reading.opening import opened
from wrapper.data.reading.records import Broken, Found

Items = Iterator[Found | Broken]

_READERS: Mapping[str, Callable[[BufferedReader, str], Items]] = {
    "JSONL": json_lines.read,
    "JSON": json_arrays.read,
    "CSV": tables.read_csv,
    "TSV": tables.read_tsv,
}


@contextmanager
def records_of(path: Path, name: str, *, wanted: Collection[str] = ()) -> Iterator[tuple[str, Items]]:
    """The file's format in words, and an item for each of its records, to be read while the context is open.

    `wanted` are the fields that matter, where that is known. Raises BadInput, on the way too, where the file
    as a whole cannot be read.
    """
    kind, packed = kind_of(path, name)
    with opened(path, name, packed=packed, is_text=kind != PARQUET) as stream:
        if kind == PARQUET:
            yield kind, parquet.read(stream, name, wanted)
        else:
            found = _by_content(kind, stream.peek())
            words = found if found == kind else f"{found} in a {kind} file"
            yield f"{words}, gzip" if packed else words, _READERS[found](stream, name)


def _by_content(kind: str, head: bytes) -> str:
    """JSON lines in a .json file, or one array in a .jsonl file, are read as what they are."""
    text = head.removeprefix(json_lines.BOM).lstrip()
    if kind == "JSON" and text.startswith(b"{") and _begins_with_a_line_of_json(text):
        return "JSONL"
    if kind == "JSONL" and text.startswith(b"[") and not _begins_with_a_line_of_json(text):
        return "JSON"
    return kind


def _begins_with_a_line_of_json(text: bytes) -> bool:
    """Whether the first line is JSON by itself, and others follow."""
    first, _, rest = text.partition(b"\n")
    try:
        msgspec.json.decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return bool(rest.strip())
