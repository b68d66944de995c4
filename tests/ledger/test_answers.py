"""The store of answers: durable at once, shared, and clear about what is wrong with its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from wrapper.errors import BadInput, EnvironmentFault
from wrapper.ledger.answers import StoredAnswers


def test_what_was_put_is_there_for_another_reader_at_once(tmp_path: Path) -> None:
    store = StoredAnswers(tmp_path / "answers")
    store.put("a", b"one")
    store.put("a", b"two")
    assert StoredAnswers(tmp_path / "answers").get_many(["a", "b"]) == {"a": b"two"}
    assert store.get("b") is None


def test_thousands_of_keys_are_looked_up_at_once(tmp_path: Path) -> None:
    store = StoredAnswers(tmp_path / "answers")
    for number in range(40):
        store.put(str(number), b"x")
    assert len(store.get_many([str(number) for number in range(5_000)])) == 40


def test_a_damaged_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "answers").write_bytes(b"no database at all " * 100)
    with pytest.raises(BadInput, match="damaged") as refused:
        StoredAnswers(tmp_path / "answers")
    assert "remove it" in refused.value.hint


def test_a_folder_in_its_place_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "answers").mkdir()
    with pytest.raises(EnvironmentFault):
        StoredAnswers(tmp_path / "answers")
