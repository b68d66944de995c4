"""Which folder a spec's model is, without fetching anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from wrapper.errors import BadInput
from wrapper.models import find_model, resolve
from wrapper.models.resolve import resolve_model
from wrapper.resources import cache_dir
from wrapper.spec.fields import Model


def put_model(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"w")
    return folder


def test_a_local_folder_is_relative_to_the_spec(tmp_path: Path) -> None:
    put_model(tmp_path / "models" / "tiny")
    found = find_model(Model(base="models/tiny"), tmp_path)
    assert found is not None
    assert (found.name, found.path) == ("tiny", tmp_path / "models" / "tiny")


@pytest.mark.parametrize("base", ["./absent", "/absent/model", "~/absent-model", "~no-such-user/model"])
def test_a_path_that_is_not_there_is_never_taken_for_a_hub_id(
    base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(BadInput, match="no model folder"):
        find_model(Model(base=base), tmp_path)


def test_a_hub_model_is_looked_for_in_the_cache_only(tmp_path: Path) -> None:
    assert find_model(Model(base="org/name"), tmp_path) is None
    folder = put_model(cache_dir() / "models" / "org--name")
    found = find_model(Model(base="org/name"), tmp_path)
    assert found is not None
    assert (found.name, found.path, found.preset) == ("org/name", folder, None)


def test_a_preset_brings_what_is_known_of_it(tmp_path: Path) -> None:
    model = Model(preset="smollm2-135m")
    assert find_model(model, tmp_path) is None
    put_model(cache_dir() / "models" / "HuggingFaceTB--SmolLM2-135M-Instruct")
    found = find_model(model, tmp_path)
    assert found is not None and found.preset is not None
    assert (found.name, found.preset.hub_id) == ("smollm2-135m", "HuggingFaceTB/SmolLM2-135M-Instruct")


def test_a_fetched_model_is_put_in_place_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(hub_id: str, preset: object, folder: Path, **_: object) -> None:
        put_model(folder / "x").rename(folder / "moved")
        for file in (folder / "moved").iterdir():
            file.rename(folder / file.name)

    monkeypatch.setattr(resolve, "_fetch", fetch)
    found = resolve_model(Model(base="org/name"), tmp_path, say=lambda text: None)
    assert found.path == cache_dir() / "models" / "org--name"
    assert [entry.name for entry in found.path.parent.iterdir()] == ["org--name"]


def test_a_fetch_that_fails_leaves_nothing_that_looks_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(hub_id: str, preset: object, folder: Path, **_: object) -> None:
        (folder / "config.json").write_text("{}")  # and then no weights

    monkeypatch.setattr(resolve, "_fetch", fetch)
    with pytest.raises(BadInput):
        resolve_model(Model(base="org/name"), tmp_path, say=lambda text: None)
    assert find_model(Model(base="org/name"), tmp_path) is None
    assert list((cache_dir() / "models").iterdir()) == []
