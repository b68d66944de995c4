"""What a model folder must hold, and when its fingerprint changes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wrapper.errors import BadInput
from wrapper.models import folder
from wrapper.models.folder import open_folder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    made.mkdir()
    (made / "config.json").write_text('{"model_type": "llama"}')
    (made / "tokenizer.json").write_text("{}")
    (made / "model.safetensors").write_bytes(b"weights")
    return made


def test_a_whole_folder(model: Path) -> None:
    found = open_folder(model, name="mine")
    assert (found.name, found.path, found.config, found.preset) == ("mine", model, {"model_type": "llama"}, None)


@pytest.mark.parametrize(
    ("lost", "said"),
    [("config.json", "no config.json"), ("tokenizer.json", "no tokenizer.json"), ("model.safetensors", "pickled")],
)
def test_what_is_missing_is_said(model: Path, lost: str, said: str) -> None:
    (model / lost).unlink()
    (model / "pytorch_model.bin").write_bytes(b"a pickle")
    with pytest.raises(BadInput, match=said) as refused:
        open_folder(model, name="mine")
    assert refused.value.hint


@pytest.mark.parametrize("content", [b"{", b"[]", b'"\xff"'])
def test_a_config_that_cannot_be_read(model: Path, content: bytes) -> None:
    (model / "config.json").write_bytes(content)
    with pytest.raises(BadInput, match="cannot be read"):
        open_folder(model, name="mine")


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no model folder"):
        open_folder(tmp_path / "absent", name="mine")


def test_the_fingerprint_follows_the_content(model: Path) -> None:
    before = open_folder(model, name="a").fingerprint
    (model / "README.md").write_text("not part of the model")
    os.utime(model / "model.safetensors", (1, 1))
    assert open_folder(model, name="b").fingerprint == before
    (model / "model.safetensors").write_bytes(b"WEIGHTS")
    changed = open_folder(model, name="a").fingerprint
    (model / "chat_template.jinja").write_text("{{ messages }}")
    assert len({before, changed, open_folder(model, name="a").fingerprint}) == 3


def test_large_weights_are_told_apart_by_their_time_of_change(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "_SMALL", 3)
    before = open_folder(model, name="a").fingerprint
    os.utime(model / "model.safetensors", (1, 1))
    assert open_folder(model, name="a").fingerprint != before
