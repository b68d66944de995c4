"""scripts/bench/malformed_rows.py: each kind is refused by the reader, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
from malformed_rows import MALFORMED
from planted_sources import Chat, line_of
from planted_truth import Planted

from wrapper.data.reading import read_rows


@pytest.mark.parametrize("kind", list(MALFORMED))
def test_each_malformed_kind_is_refused(kind: str, tmp_path: Path, chats: list[Chat]) -> None:
    rows = [line_of(chat) for chat in chats[:5]]
    file = tmp_path / "train.jsonl"
    file.write_bytes(b"\n".join([*rows, MALFORMED[kind](chats[5])]) + b"\n")
    read = read_rows(file)
    assert [fault.line for fault in read.faults] == [6]
    assert len(read.rows) == 5


def test_all_malformed_rows_and_no_others_are_refused(planted: Planted) -> None:
    read = read_rows(planted.folder / "train.jsonl", name="train.jsonl")
    assert {(fault.file, fault.line) for fault in read.faults} == planted.places("malformed")
