"""The user's own folder of presets: where it is, and that its files win and are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from wrapper.errors import BadInput
from wrapper.presets.files import names_in, preset_file, user_presets_dir
from wrapper.presets.gpu import load_gpu_preset
from wrapper.presets.licence import load_licence
from wrapper.presets.load import find_by_hub_id, licences_of, load_model_preset


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"THRIFTUNE_PRESETS": "/mine", "XDG_CONFIG_HOME": "/config"}, "/mine"),
        ({"THRIFTUNE_PRESETS": "", "XDG_CONFIG_HOME": "/config"}, "/config/thriftune/presets"),
        ({"THRIFTUNE_PRESETS": "~/mine", "HOME": "/home/ann"}, "/home/ann/mine"),
        (
            {"THRIFTUNE_PRESETS": "", "XDG_CONFIG_HOME": "", "HOME": "/home/ann"},
            "/home/ann/.config/thriftune/presets",
        ),
    ],
)
def test_where_it_is(monkeypatch, variables, folder):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert user_presets_dir() == Path(folder)


def test_a_preset_of_the_users_own(write_own):
    write_own("models", "qwen3-8b", ("qwen3-8b", "ours"), ("Qwen/Qwen3-8B\n", "ann/ours\n"), to="ours")
    assert "ours" in names_in("models")
    assert load_model_preset("ours").hub_id == "ann/ours"
    found = find_by_hub_id("ann/ours")
    assert found is not None
    assert found.name == "ours"


def test_it_wins_over_the_shipped_one(write_own):
    file = write_own("gpus", "t4", ("\nmemory_gib: ", "\nmemory_gib: 1"))
    shipped = len(names_in("gpus"))
    assert preset_file("gpus", "t4") == file
    assert load_gpu_preset("t4").memory_gib > 100
    assert len(names_in("gpus")) == shipped


def test_a_licence_of_the_users_own(write_own):
    write_own(
        "licences", "mit", ("name: mit", "name: house"), ("commercial_use: true", "commercial_use: false"), to="house"
    )
    write_own("models", "phi-4", ("licences: [mit]", "licences: [house, unknown]"))
    house, unknown = licences_of(load_model_preset("phi-4"))
    assert house == load_licence("house")
    assert not house.commercial_use
    assert unknown.title == "unknown licence"


def test_a_broken_one_is_named_with_its_field_and_is_to_be_mended(write_own):
    file = write_own("models", "phi-4", ("layers: 40", "layers: forty"))
    with pytest.raises(BadInput) as refused:
        load_model_preset("phi-4")
    assert str(file) in refused.value.message
    assert "$.architecture.layers" in refused.value.message
    assert refused.value.hint.startswith("mend it")
    assert "install" not in refused.value.hint


def test_one_with_a_fault_of_yaml_is_to_be_mended_too(write_own):
    write_own("models", "phi-4", ("instruct: true", "instruct: true\ninstruct: false"))
    with pytest.raises(BadInput) as refused:
        load_model_preset("phi-4")
    assert [fault.key for fault in refused.value.faults] == ["instruct"]
    assert refused.value.hint.startswith("mend it")


def test_one_that_is_no_yaml_is_named(write_own):
    file = write_own("models", "phi-4", ("architecture:", "architecture: ["))
    with pytest.raises(BadInput) as refused:
        load_model_preset("phi-4")
    assert str(file) in refused.value.message
    assert "install" not in refused.value.hint


def test_what_is_no_file_is_no_preset(own_presets):
    (own_presets / "models" / "phi-4.yaml").mkdir(parents=True)
    (own_presets / "models" / "folder.yaml").mkdir()
    assert "folder" not in names_in("models")
    assert load_model_preset("phi-4").name == "phi-4"
