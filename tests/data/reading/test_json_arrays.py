"""JSON arrays are read item by item, whatever the window's edges cut through."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper.data.reading import json_window, read_rows
from wrapper.data.reading.json_window import Window
from wrapper.data.reading.records import MAX_EXCERPT_CHARACTERS, MAX_ROW_BYTES
from wrapper.errors import BadInput

GOOD = '{"input": "a", "output": "b"}'
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def small_windows(monkeypatch) -> None:
    monkeypatch.setattr(json_window, "_CHUNK_BYTES", 3)
    monkeypatch.setattr(json_window, "MAX_ROW_BYTES", 20)


@given(values=st.lists(VALUES, min_size=1, max_size=6), indent=st.sampled_from((None, 0, 2)), escape=st.booleans())
def test_items_are_what_the_array_holds(values, indent, escape) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=escape).encode()
    window = Window(io.BufferedReader(io.BytesIO(text)))
    window.next_sign()
    window.take()
    for value in values:
        found, is_whole = window.item()
        assert (json.loads(found), is_whole) == (value, True)
        assert window.next_sign() in (b",", b"]")
        window.take()
    assert window.next_sign() == b""


@pytest.mark.parametrize(
    "item",
    ['"' + "x" * 50 + '"', '{"a": "' + '\\"' * 40 + '"}', '["' + "\\\\" * 40 + '", "' + "[" * 30 + '"]',
     "[" + '"a", ' * 30 + "1]", "1" * 60],
)  # fmt: skip
def test_an_item_that_is_too_long_ends_where_it_ends(small_windows, item) -> None:
    window = Window(io.BufferedReader(io.BytesIO(f"{item}, 7]".encode())))
    begun, is_whole = window.item()
    assert item.startswith(begun.decode()) and not is_whole
    assert window.next_sign() == b","
    window.take()
    assert window.item() == (b"7", True)
    assert window.next_sign() == b"]"


def test_a_row_that_is_too_long_is_a_fault_between_the_others(tmp_path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(f'[{GOOD}, {{"input": "{"x" * 2 * MAX_ROW_BYTES}", "output": "b"}}, {GOOD}]')
    result = read_rows(path)
    assert [row.line for row in result.rows] == [1, 3]
    assert [(fault.line, fault.message) for fault in result.faults] == [(2, "longer than 1048576 bytes")]
    assert result.excerpts[0].startswith('{"input": "xxx') and len(result.excerpts[0]) == MAX_EXCERPT_CHARACTERS


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ("5", "a JSON number, not an object"),
        ("", "bad JSON"),
        ("NaN", "bad JSON"),
        ('{"input": "a", "output": NaN}', "bad JSON"),
        (f"{GOOD} {GOOD}", "bad JSON"),
        ('{"input": "a", "input": "b", "output": "c"}', "`input` stands twice"),
        ('{"input": "a\n", "output": "b"}', "bad JSON"),
        ('{"input": "é", "output": "b"}'.encode("latin-1"), "not UTF-8"),
    ],
)
def test_a_broken_item_is_a_fault_between_the_others(tmp_path, items, reason) -> None:
    path = tmp_path / "rows.json"
    middle = items if isinstance(items, bytes) else items.encode()
    path.write_bytes(b",".join((f"[{GOOD}".encode(), middle, f"{GOOD}]".encode())))
    result = read_rows(path)
    (fault,) = result.faults
    assert [row.line for row in result.rows] == [1, 3]
    assert fault.line == 2 and reason in fault.message


def test_the_second_array_of_an_object_is_seen_after_the_first(tmp_path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(f'{{"v": {{"x": [1]}}, "train": [{GOOD}], "test": [{GOOD}]}}')
    with pytest.raises(BadInput, match="2 arrays \\(`train`, `test`\\)"):
        read_rows(path)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("rows.json", f"{GOOD}\n{GOOD}\n", "JSONL in a JSON file, input/output"),
        ("rows.jsonl", f"[\n{GOOD},\n{GOOD}\n]\n", "JSON in a JSONL file, input/output"),
        ("rows.jsonl", f"[{GOOD}, {GOOD}]", "JSON in a JSONL file, input/output"),
        ("rows.jsonl", f"[1, 2]\n{GOOD}\n{GOOD}", "JSONL, input/output"),
    ],
)
def test_json_under_the_wrong_name_is_read_as_what_it_is(tmp_path, name, text, said) -> None:
    path = tmp_path / name
    path.write_text(text)
    result = read_rows(path)
    assert (len(result.rows), result.format) == (2, said)
