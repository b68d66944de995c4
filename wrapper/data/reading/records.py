"""What every reader of a file yields: one item a record, found or broken, with its place."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

MAX_ROW_BYTES = 1024 * 1024
MAX_EXCERPT_CHARACTERS = 2000
TOO_LONG = f"longer than {MAX_ROW_BYTES} bytes"
TOO_DEEP = "nested too deeply"


class Found(Struct, frozen=True, kw_only=True, gc=False):
    """A record and the line that it starts on (its number, in a .json or .parquet file)."""

    line: int
    record: dict[str, Any]


class Broken(Struct, frozen=True, kw_only=True, gc=False):
    """A record that could not be read, and why; `excerpt` is the beginning of it as it stood there."""

    line: int
    reason: str
    excerpt: str = ""


def excerpt_of(raw: bytes | str) -> str:
    """At most 2,000 characters of a raw record, what is no UTF-8 in it replaced."""
    if isinstance(raw, str):
        raw = raw[:MAX_EXCERPT_CHARACTERS].encode("utf-8", "surrogateescape")
    text = raw[: 4 * MAX_EXCERPT_CHARACTERS].decode("utf-8", "replace")
    return text.strip()[:MAX_EXCERPT_CHARACTERS]


def excerpt_of_record(record: dict[str, Any]) -> str:
    """A record that was read, as compact JSON again."""
    try:
        return excerpt_of(msgspec.json.encode(record))
    except (RecursionError, ValueError, TypeError):
        return ", ".join(map(str, record))[:MAX_EXCERPT_CHARACTERS]
