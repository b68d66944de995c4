"""Records out of Parquet files, a small batch at a time; dates, decimals and the like become text."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from io import BufferedReader
from typing import Any

import msgspec

from wrapper.data.reading.opening import allowed_bytes, bomb
from wrapper.data.reading.records import MAX_ROW_BYTES, TOO_LONG, Broken, Found, excerpt_of
from wrapper.errors import BadInput

_BATCH_ROWS = 64
_PLAIN = (str, bool, int, float, type(None))


def read(stream: BufferedReader, name: str, wanted: Collection[str] = ()) -> Iterator[Found | Broken]:
    """One item a row; only the columns `wanted` are read where the file has any of them."""
    import pyarrow as pa

    try:
        yield from _rows(stream, name, wanted)
    except (pa.ArrowException, EOFError, UnicodeDecodeError) as failure:
        reason = str(failure).splitlines()[0][:200] if str(failure) else type(failure).__name__
        raise BadInput(f"{name} cannot be read as Parquet: {reason}", hint="write or fetch it again") from None


def _rows(stream: BufferedReader, name: str, wanted: Collection[str]) -> Iterator[Found | Broken]:
    import pyarrow.parquet as pq

    left = allowed_bytes(stream.seek(0, 2))
    stream.seek(0)
    file = pq.ParquetFile(stream, buffer_size=MAX_ROW_BYTES, pre_buffer=False)
    names = file.schema_arrow.names
    if len(set(names)) != len(names):
        raise BadInput(f"{name} has a column name twice: {', '.join(names)[:200]}", hint="give each its own name")
    columns = [column for column in names if column in wanted] or names
    number = 0
    for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=columns, use_threads=False):
        left -= batch.nbytes
        if left < 0:
            raise bomb(name)
        may_be_long = batch.nbytes > MAX_ROW_BYTES
        for record in batch.to_pylist():
            number += 1
            yield _item(record, number, may_be_long)


def _item(record: dict[str, Any], number: int, may_be_long: bool) -> Found | Broken:
    record = {key: value if isinstance(value, _PLAIN) else _plain(value) for key, value in record.items()}
    if may_be_long and len(encoded := msgspec.json.encode(record)) > MAX_ROW_BYTES:
        return Broken(line=number, reason=TOO_LONG, excerpt=excerpt_of(encoded))
    return Found(line=number, record=record)


def _plain(value: Any) -> Any:
    """Values as JSON has them: a map becomes an object, bytes their text, dates and decimals what they print as."""
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(part, tuple) and len(part) == 2 for part in value):
            return {str(key): _plain(part) for key, part in value}
        return [_plain(part) for part in value]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
