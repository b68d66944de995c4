"""No line of a file is lost, and no broken file ends in a traceback."""

from __future__ import annotations

import os

import pytest

from wrapper.data.reading import read_rows
from wrapper.data.reading.records import MAX_ROW_BYTES
from wrapper.errors import BadInput

GOOD = b'{"input": "a", "output": "b"}'


def write(folder, name: str, content: bytes):
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"input": "a", "output": ', "bad JSON"),
        (b'{"input": "a", "output": NaN}', "bad JSON"),
        (b'{"input": "a", "output": 1e999}', "bad JSON"),
        (b'{"input": "a", "output": "\\ud800"}', "bad JSON"),
        (b'{"input": "a\x00", "output": "b"}', "bad JSON"),
        (b'{"input": "\xe9", "output": "b"}', "not UTF-8"),
        (b'{"input": "a", "output": "b", "output": "c"}', "`output` stands twice"),
        (b'{"input": "a", "output": {"k": 1, "k": 2}}', "`k` stands twice"),
        (b'{"input": "a", "output": "b", "x\\\\": 1, "y": 2, "y": 3}', "`y` stands twice"),
        (b'{"input" : "a:", "output":"b", "output": "c"}', "`output` stands twice"),
        (b'{"input": "a", "output": ' + b"[" * 900 + b"]" * 900 + b"}", "nested too deeply"),
        (b'["a", "b"]', "a JSON array, not an object"),
        (b"null", "a JSON null, not an object"),
        (b'{"input": ' + b"[" * 5000, "nested too deeply"),
        (b'{"input": "' + b"x" * MAX_ROW_BYTES + b'", "output": "b"}', "longer than 1048576 bytes"),
    ],
)
def test_a_broken_line_is_a_fault_with_its_number(tmp_path, line, reason) -> None:
    result = read_rows(write(tmp_path, "rows.jsonl", b"\n".join((GOOD, line, GOOD))))
    (fault,) = result.faults
    assert [row.line for row in result.rows] == [1, 3]
    assert (fault.line, fault.kind) == (2, "malformed")
    assert reason in fault.message


def test_text_that_looks_like_keys_is_no_repeated_key(tmp_path) -> None:
    line = rb'{"input": "a", "output": "{\"x\": 1, \"x\" : 2} and \" : "}'
    (row,) = read_rows(write(tmp_path, "rows.jsonl", line)).rows
    assert row.answer == '{"x": 1, "x" : 2} and " : '


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json", "rows.csv"])
def test_bom_and_crlf_leave_no_trace(tmp_path, name) -> None:
    content = {
        "rows.jsonl": GOOD + b"\r\n\r\n" + GOOD + b"\r\n",
        "rows.json": b"[\r\n" + GOOD + b",\r\n" + GOOD + b"]\r\n",
        "rows.csv": b"input,output\r\na,b\r\na,b\r\n",
    }[name]
    result = read_rows(write(tmp_path, name, b"\xef\xbb\xbf" + content))
    assert [(row.input_text, row.answer) for row in result.rows] == [("a", "b")] * 2
    assert result.faults == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n\n", "holds no rows"),
        ('{"input": "a"}'.encode("utf-16"), "UTF-16"),
        ('{"input": "a"}'.encode("utf-16-le"), "UTF-16"),
        (b"\x00" * 50, "UTF-16 or binary"),
        (b"not json\n", "not one of 1 rows can be read"),
    ],
)
def test_a_file_that_cannot_be_read_at_all(tmp_path, content, message) -> None:
    with pytest.raises(BadInput, match=message):
        read_rows(write(tmp_path, "rows.jsonl", content))


def test_missing_folder_and_pipe(tmp_path) -> None:
    (tmp_path / "folder.jsonl").mkdir()
    os.mkfifo(tmp_path / "pipe.jsonl")
    for name, message in (
        ("none.jsonl", "does not exist"),
        ("folder.jsonl", "is a folder"),
        ("pipe.jsonl", "is not a plain file"),
        ("a\0b.jsonl", "does not exist"),
        ("x" * 300 + ".jsonl", "File name too long"),
        ("pipe.jsonl/rows.jsonl", "does not exist"),
    ):
        with pytest.raises(BadInput, match=message):
            read_rows(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[]", "holds no rows"),
        (b'[{"input": "a"}', "row 1 begins, and nothing ends it"),
        (b'[{"input": "a}, {"input": "b"}]', "row 1 begins, and nothing ends it"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" + GOOD + b"] x", "more text stands behind its end"),
        (b"[" + GOOD + b"}]", "row 1 begins, and nothing ends it"),
        (b'{"data": [' + GOOD + b"]", "an object whose end is missing"),
        (b'{"data" [' + GOOD + b"]}", "an object whose end is missing"),
        (b'{"a": [], "b": []}', "2 arrays"),
        (b'{"a": 1}', "0 arrays"),
        (b"7", "is not a JSON array"),
        (b"\n \n", "is empty"),
    ],
)
def test_a_json_file_that_is_no_array_of_rows(tmp_path, content, message) -> None:
    with pytest.raises(BadInput, match=message):
        read_rows(write(tmp_path, "rows.json", content))


def test_the_single_array_of_an_object_holds_the_rows(tmp_path) -> None:
    result = read_rows(write(tmp_path, "rows.json", b'{"version": 1, "data": [' + GOOD + b', 5, {"x": 1}]}'))
    assert [row.line for row in result.rows] == [1]
    assert [(fault.line, fault.message) for fault in result.faults] == [
        (2, "a JSON number, not an object"),
        (3, "the row has no `input`"),
    ]


def test_csv_counts_physical_lines_and_keeps_quotes_and_newlines(tmp_path) -> None:
    content = b'text,label\n"two\nlines, ""quoted""",x\nshort\nlast,y\n\xe9,z\n'
    result = read_rows(write(tmp_path, "rows.csv", content))
    assert [(row.line, row.input_text, row.answer) for row in result.rows] == [
        (2, 'two\nlines, "quoted"', "x"),
        (5, "last", "y"),
    ]
    assert [(fault.line, fault.message) for fault in result.faults] == [
        (4, "1 fields where the header names 2"),
        (6, "not UTF-8"),
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [("rows.tsv", b"text\tlabel\na, b\tx\n"), ("rows.csv", b"text;label\na, b;x\n")],
)
def test_tabs_and_semicolons(tmp_path, name, content) -> None:
    (row,) = read_rows(write(tmp_path, name, content)).rows
    assert (row.input_text, row.answer) == ("a, b", "x")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'text,label\na,b\n"open,x\ny,z\n', "rows.csv:3: a quote that opens here is never closed"),
        (b"text,text\na,b\n", "a name twice"),
        (b"text,\na,b\n", "an empty name"),
        (b"text,label\n", "holds no rows"),
    ],
)
def test_a_csv_file_that_cannot_be_read_as_a_whole(tmp_path, content, message) -> None:
    with pytest.raises(BadInput, match=message):
        read_rows(write(tmp_path, "rows.csv", content), name="rows.csv")


def test_row_ids_depend_on_content_alone(tmp_path) -> None:
    one = read_rows(write(tmp_path, "rows.jsonl", b"\n" + GOOD)).rows[0]
    other = read_rows(write(tmp_path, "rows.csv", b"input,output\na,b\n")).rows[0]
    changed = read_rows(write(tmp_path, "other.csv", b"input,output\na,c\n")).rows[0]
    assert one.row_id == other.row_id != changed.row_id
