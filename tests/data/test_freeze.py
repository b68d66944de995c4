"""Frozen rows come back as they were, or not at all."""

from __future__ import annotations

import msgspec
import pytest

from wrapper.data.freeze import freeze, thaw
from wrapper.data.prepare import prepare
from wrapper.data.reading.read import read_rows
from wrapper.data.writing import chat_lines
from wrapper.errors import BadInput
from wrapper.spec.fields import Data


@pytest.fixture
def prepared(tmp_path):
    records = [{"input": f"text {number}", "output": f"é {number}"} for number in range(60)]
    lines = b"\n".join(msgspec.json.encode(record) for record in [*records, records[0], {"input": 1}])
    (tmp_path / "train.jsonl").write_bytes(lines)
    return prepare(Data(train="train.jsonl"), tmp_path, "qa")


def test_round_trip(prepared, tmp_path) -> None:
    folder = freeze(prepared, tmp_path / "out" / prepared.digest)
    assert thaw(folder) == prepared
    assert prepared.faults and prepared.audit.findings
    assert sorted(path.name for path in folder.iterdir()) == [
        "audit.json",
        "test.jsonl",
        "train.jsonl",
        "validation.jsonl",
    ]
    first = msgspec.json.decode((folder / "train.jsonl").read_bytes().splitlines()[0])
    assert sorted(first) == ["aliases", "answer", "file", "group", "line", "messages", "row_id"]


def test_a_folder_that_was_there_is_replaced_and_nothing_is_left_beside_it(prepared, tmp_path) -> None:
    target = tmp_path / "out" / "rows"
    target.mkdir(parents=True)
    (target / "half-made").touch()
    freeze(prepared, target)
    freeze(prepared, target)
    assert thaw(target) == prepared
    assert [path.name for path in target.parent.iterdir()] == ["rows"]


def test_a_failed_write_leaves_the_old_folder(prepared, tmp_path, monkeypatch) -> None:
    target = freeze(prepared, tmp_path / "out" / "rows")

    def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr("wrapper.data.freeze._record", broken)
    with pytest.raises(OSError, match="disk full"):
        freeze(prepared, target)
    assert thaw(target) == prepared
    assert [path.name for path in target.parent.iterdir()] == ["rows"]


def test_a_changed_answer_shows(prepared, tmp_path) -> None:
    folder = freeze(prepared, tmp_path / "rows")
    test = folder / "test.jsonl"
    test.write_bytes(test.read_bytes().replace("é ".encode(), b"e ", 1))
    with pytest.raises(BadInput, match="were changed since"):
        thaw(folder)


@pytest.mark.parametrize("name", ["audit.json", "train.jsonl"])
def test_a_missing_or_broken_file_is_bad_input(prepared, tmp_path, name) -> None:
    folder = freeze(prepared, tmp_path / "rows")
    (folder / name).write_bytes(b"{")
    with pytest.raises(BadInput, match="no folder of frozen rows"):
        thaw(folder)
    (folder / name).unlink()
    with pytest.raises(BadInput, match="no folder of frozen rows"):
        thaw(folder)


def test_aliases_survive_the_split_cleaning_and_freezing_and_enter_no_digest(tmp_path) -> None:
    records = [{"input": f"text {n}", "output": f"answer  {n} ", "also": [f"a{n}"]} for n in range(60)]
    (tmp_path / "train.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, records)))
    data = Data(train="train.jsonl", input="input", output="output", aliases="also")
    prepared = prepare(data, tmp_path, "qa")
    rows = (*prepared.train, *prepared.validation, *prepared.test)
    assert {row.aliases for row in rows} == {(f"a{n}",) for n in range(60)}
    assert thaw(freeze(prepared, tmp_path / "out")) == prepared
    assert prepared.digest == prepare(Data(train="train.jsonl", input="input", output="output"), tmp_path, "qa").digest
    (tmp_path / "again.jsonl").write_bytes(chat_lines(prepared.test))
    again = read_rows(tmp_path / "again.jsonl", aliases_field="aliases").rows
    assert [(row.row_id, row.aliases) for row in again] == [(row.row_id, row.aliases) for row in prepared.test]
