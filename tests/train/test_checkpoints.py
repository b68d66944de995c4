"""Which checkpoint a resumed training goes on from, and what must be left at the end."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from wrapper.errors import BackendFailed
from wrapper.train.checkpoints import ADAPTER_FILE, FULL_FILE, last_checkpoint, sha256_of, trained_weights

_HEADER = json.dumps(
    {"__metadata__": {"format": "pt"}, "w": {"dtype": "F32", "shape": [3], "data_offsets": [0, 12]}}
).encode()
_WEIGHTS = len(_HEADER).to_bytes(8, "little") + _HEADER + bytes(12)


def save(folder: Path, name: str, *, weights: str = ADAPTER_FILE) -> Path:
    checkpoint = folder / name
    checkpoint.mkdir()
    (checkpoint / weights).write_bytes(_WEIGHTS)
    (checkpoint / "trainer_state.json").write_text('{"global_step": 1}')
    return checkpoint


def test_the_highest_step(tmp_path: Path) -> None:
    save(tmp_path, "checkpoint-9")
    latest = save(tmp_path, "checkpoint-16")
    save(tmp_path, "checkpoint-99.tmp")
    save(tmp_path, "checkpoint-")
    assert last_checkpoint(tmp_path) == (latest, 16)


@pytest.mark.parametrize("weights", [FULL_FILE, "model-00001-of-00002.safetensors"])
def test_full_training_saves_whole_models(tmp_path: Path, weights: str) -> None:
    latest = save(tmp_path, "checkpoint-4", weights=weights)
    assert last_checkpoint(tmp_path) == (latest, 4)


@pytest.mark.parametrize(
    ("file", "left"),
    [
        ("trainer_state.json", None),  # transformers writes it last
        ("trainer_state.json", b'{"global_step": 1'),
        ("trainer_state.json", b"\xff"),
        (ADAPTER_FILE, None),
        (ADAPTER_FILE, b""),
        (ADAPTER_FILE, _WEIGHTS[:4]),
        (ADAPTER_FILE, _WEIGHTS[:-1]),
        (ADAPTER_FILE, _WEIGHTS[:20]),
        (ADAPTER_FILE, b"\xff" * 40),
        (ADAPTER_FILE, (2).to_bytes(8, "little") + b"[]"),
        (ADAPTER_FILE, (8).to_bytes(8, "little") + b'{"w": 3}'),
    ],
)
def test_one_that_a_kill_left_unfinished_is_passed_over(tmp_path: Path, file: str, left: bytes | None) -> None:
    whole, torn = save(tmp_path, "checkpoint-3"), save(tmp_path, "checkpoint-4")
    if left is None:
        (torn / file).unlink()
    else:
        (torn / file).write_bytes(left)
    assert last_checkpoint(tmp_path) == (whole, 3)


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
