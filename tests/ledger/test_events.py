"""Events are read while they are written: each whole line once, and nothing that stands there is a crash."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from wrapper.ledger.events import EventReader, last_elapsed

_line = st.one_of(
    st.binary(max_size=12),
    st.integers().map(lambda number: json.dumps({"event": "step", "n": number}).encode()),
)


@given(chunks=st.lists(st.lists(_line, max_size=4).map(b"\n".join), max_size=6))
def test_arbitrary_bytes_never_raise_and_no_line_comes_twice(tmp_path_factory, chunks: list[bytes]) -> None:
    file = tmp_path_factory.mktemp("events") / "events.jsonl"
    reader, seen = EventReader(file), []
    for chunk in chunks:
        with file.open("ab") as stream:
            stream.write(chunk)
        seen += reader.read_new()
    assert reader.read_new() == []
    assert seen == EventReader(file).read_new()


def test_a_torn_line_waits_for_its_end(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    reader = EventReader(file)
    assert reader.read_new() == []
    file.write_bytes(b'{"event": "begin"}\n{"event": "st')
    assert reader.read_new() == [{"event": "begin"}]
    with file.open("ab") as stream:
        stream.write(b'ep"}\n')
    assert reader.read_new() == [{"event": "step"}]


def test_what_is_no_event_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b'\xff\n"\xff"\n[1]\n{"no": 1}\n' + b"[" * 100_000 + b'\n{"event": "end"}\n')
    assert EventReader(file).read_new() == [{"event": "end"}]


def test_last_elapsed(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text('{"event":"a","elapsed_seconds":3}\n{"event":"b"}\n{"event":"c","elapsed_seconds":"x"}\n')
    assert last_elapsed(file) == 3.0
    assert last_elapsed(tmp_path / "absent") == 0.0
