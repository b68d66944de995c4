"""Which checkpoint a resumed training goes on from, and what must be left at the end."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from wrapper.errors import BackendFailed
from wrapper.train.checkpoints import ADAPTER_FILE, last_checkpoint, sha256_of, trained_weights


def save(folder: Path, name: str, *, whole: bool = True) -> Path:
    checkpoint = folder / name
    checkpoint.mkdir()
    if whole:
        (checkpoint / "trainer_state.json").write_text("{}")
    return checkpoint


def test_the_highest_step_that_was_saved_whole(tmp_path: Path) -> None:
    save(tmp_path, "checkpoint-9")
    latest = save(tmp_path, "checkpoint-16")
    save(tmp_path, "checkpoint-24", whole=False)  # killed while it was written
    save(tmp_path, "checkpoint-99.tmp")
    save(tmp_path, "checkpoint-")
    assert last_checkpoint(tmp_path) == (latest, 16)


def test_none_without_one(tmp_path: Path) -> None:
    assert last_checkpoint(tmp_path) is None
    assert last_checkpoint(tmp_path / "absent") is None


def test_the_digest_is_of_the_whole_file(tmp_path: Path) -> None:
    weights = bytes(range(256)) * 8192  # more than one block
    (tmp_path / ADAPTER_FILE).write_bytes(weights)
    assert sha256_of(trained_weights(tmp_path)) == sha256(weights).hexdigest()


def test_no_adapter_is_the_backends_failure(tmp_path: Path) -> None:
    with pytest.raises(BackendFailed, match="left no adapter_model"):
        trained_weights(tmp_path)
