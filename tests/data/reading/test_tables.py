"""CSV rows that are too long or badly quoted end where they end, and the rest is read."""

from __future__ import annotations

import pytest

from wrapper.data.reading import read_rows, tables
from wrapper.errors import BadInput


def read(folder, text):
    path = folder / "rows.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_rows(path, name="rows.csv")


def lines_and_reasons(result):
    return [row.line for row in result.rows], [(fault.line, fault.message) for fault in result.faults]


@pytest.mark.parametrize(
    ("long", "next_line"),
    [
        ("x" * 200 + ",y\n", 4),
        ('"' + "x" * 200 + '",y\n', 4),
        ('"' + "x" * 200 + '"",""' + "x" * 200 + '",y\n', 4),
        ('"' + "two\nlines\n" * 50 + '",y\n', 104),
        ('"' + "x" * 200 + "\n" + "x" * 200 + '",y\n', 5),
        ('a,"' + ", \n" * 100 + '"\n', 104),
    ],
)
def test_a_row_that_is_too_long_is_one_fault(tmp_path, monkeypatch, long, next_line) -> None:
    monkeypatch.setattr(tables, "MAX_ROW_BYTES", 100)
    result = read(tmp_path, f"text,label\na,b\n{long}c,d\n")
    assert lines_and_reasons(result) == ([2, next_line], [(3, "longer than 1048576 bytes")])
    assert result.excerpts[0].startswith(long[:50])


def test_a_stray_quote_says_how_far_it_reaches(tmp_path) -> None:
    result = read(tmp_path, 'text,label\na,b\n"c,d\ne,f\ng,"h"\ni,j\n')
    assert lines_and_reasons(result) == (
        [2, 6],
        [(3, "bad CSV: ',' expected after '\"'; a quote that opens here takes in all up to line 5")],
    )
    assert result.excerpts == ('"c,d\ne,f\ng,"h"',)


def test_a_quote_that_is_never_closed_is_refused_however_long_the_file(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROW_BYTES", 100)
    with pytest.raises(BadInput, match=r"rows\.csv:3: a quote that opens here is never closed"):
        read(tmp_path, 'text,label\na,b\n"c,d\n' + "e,f\n" * 1000)


@pytest.mark.parametrize(("first", "delimiter"), [("text;label", ";"), ("text\tlabel", "\t"), ("text,label", ",")])
def test_the_delimiter_is_the_one_of_the_first_line(tmp_path, first, delimiter) -> None:
    (row,) = read(tmp_path, f"{first}\na b{delimiter}c\n").rows
    assert (row.input_text, row.answer) == ("a b", "c")


def test_a_table_can_hold_turns_as_json_text(tmp_path) -> None:
    turns = '"[{""role"": ""user"", ""content"": ""a""}, {""role"": ""assistant"", ""content"": ""b""}]"'
    result = read(tmp_path, f"messages\n{turns}\n[broken\n")
    assert [(row.input_text, row.answer) for row in result.rows] == [("a", "b")]
    assert result.faults[0].message == "`messages` is text that cannot be read as a JSON list of turns"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"text,l\xe9bel\na,b\n", "header is not UTF-8"),
        (b'"text,label\na,b\n', "the header cannot be read"),
        (b"\na,b\n", "the header has an empty name"),
    ],
)
def test_a_header_that_cannot_be_read(tmp_path, content, message) -> None:
    with pytest.raises(BadInput, match=message):
        read(tmp_path, content)
