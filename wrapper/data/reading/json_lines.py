"""Records out of JSON lines: one object a line, blank lines passed over, no line held beyond 1 MiB."""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedReader

from wrapper.data.reading.json_text import record_of
from wrapper.data.reading.records import MAX_ROW_BYTES, TOO_LONG, Broken, Found, excerpt_of

BOM = b"\xef\xbb\xbf"


def read(stream: BufferedReader, name: str) -> Iterator[Found | Broken]:
    """One item for each line that is not blank."""
    number = 0
    while line := stream.readline(MAX_ROW_BYTES + 1):
        number += 1
        if len(line) > MAX_ROW_BYTES and not line.endswith(b"\n"):
            excerpt = excerpt_of(line)
            while line and not line.endswith(b"\n"):
                line = stream.readline(MAX_ROW_BYTES + 1)
            yield Broken(line=number, reason=TOO_LONG, excerpt=excerpt)
            continue
        if number == 1:
            line = line.removeprefix(BOM)
        if text := line.strip():
            yield record_of(text, number)
