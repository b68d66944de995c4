"""Parquet files: nested turns, values that JSON does not have, broken files and rows out of bounds."""

from __future__ import annotations

import datetime
import decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wrapper.data.reading import parquet, read_rows
from wrapper.data.reading.records import MAX_ROW_BYTES
from wrapper.errors import BadInput


def write(folder, columns, **options):
    path = folder / "rows.parquet"
    pq.write_table(pa.table(columns), path, **options)
    return path


def test_nested_turns_are_read(tmp_path) -> None:
    chat = [
        {"role": "user", "content": "Where?", "tool_calls": None},
        {"role": "assistant", "content": "There.", "tool_calls": None},
    ]
    result = read_rows(write(tmp_path, {"messages": [chat] * 200}, row_group_size=50))
    assert (len(result.rows), result.format) == (200, "Parquet, chat messages")
    assert (result.rows[199].line, result.rows[0].input_text, result.rows[0].answer) == (200, "Where?", "There.")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (datetime.datetime(2026, 1, 2, 3, 4), "2026-01-02 03:04:00"),
        (decimal.Decimal("1.50"), "1.50"),
        (2.5, "2.5"),
        (b"bytes", "bytes"),
        ({"a": datetime.date(2026, 1, 2), "b": [1]}, '{"a":"2026-01-02","b":[1]}'),
    ],
)
def test_values_become_text(tmp_path, value, text) -> None:
    (row,) = read_rows(write(tmp_path, {"input": ["a"], "output": [value]})).rows
    assert row.answer == text


@pytest.mark.parametrize(
    ("value", "reason"),
    [(None, "`output` is null"), (float("nan"), "NaN"), (float("inf"), "NaN or infinite"), ([float("nan")], "NaN")],
)
def test_what_is_no_text_is_a_malformed_row(tmp_path, value, reason) -> None:
    good = [1.0] if isinstance(value, list) else 1.0
    result = read_rows(write(tmp_path, {"input": ["a", "b"], "output": [good, value]}))
    (fault,) = result.faults
    assert (len(result.rows), fault.line) == (1, 2) and reason in fault.message


def test_a_long_row_is_a_fault(tmp_path) -> None:
    result = read_rows(write(tmp_path, {"input": ["a", "b"], "output": ["b", "x" * MAX_ROW_BYTES]}))
    assert [(fault.line, fault.message) for fault in result.faults] == [(2, "longer than 1048576 bytes")]
    assert len(result.excerpts[0]) == 2000


def test_named_columns_alone_are_read(tmp_path) -> None:
    path = write(tmp_path, {"q": ["a"], "a": ["b"], "doc": [7], "image": [b"x" * 2 * MAX_ROW_BYTES]})
    (row,) = read_rows(path, input_field="q", output_field="a", group_field="doc").rows
    assert (row.input_text, row.answer, row.group) == ("a", "b", "7")


@pytest.mark.parametrize("damage", [lambda data: data[:-10], lambda data: data[:4] + b"x" * 200, lambda data: b"PAR1"])
def test_a_broken_file_is_refused(tmp_path, damage) -> None:
    path = write(tmp_path, {"input": ["a"] * 100, "output": ["b"] * 100})
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(BadInput, match="cannot be read as Parquet"):
        read_rows(path)


def test_a_bomb_is_stopped(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(parquet, "allowed_bytes", lambda size: 200 * size)
    path = write(tmp_path, {"input": ["x" * 5000] * 5000, "output": ["b"] * 5000})
    with pytest.raises(BadInput, match="unpacks to more than 200 times its size"):
        read_rows(path)


def test_no_rows(tmp_path) -> None:
    with pytest.raises(BadInput, match="holds no rows"):
        read_rows(write(tmp_path, {"input": pa.array([], pa.string()), "output": pa.array([], pa.string())}))
