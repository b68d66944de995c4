"""A folder that is named as the adapter: taken if it is whole and made for the model, refused before a model loads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wrapper.errors import BadInput
from wrapper.models import ModelFolder
from wrapper.pipeline.given_adapter import given_adapter, other_base_model

LAYER = "model.layers.0.self_attn.q_proj"


def write_tensors(file: Path, shapes: dict[str, tuple[int, ...]]) -> None:
    """A safetensors file of zeros in fp16."""
    header, end = {}, 0
    for name, shape in shapes.items():
        size = 2
        for length in shape:
            size *= length
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(len(text).to_bytes(8, "little") + text + bytes(end))


def lora(module: str = LAYER, takes: int = 8, gives: int = 6) -> dict[str, tuple[int, ...]]:
    named = f"base_model.model.{module}"
    return {f"{named}.lora_A.weight": (2, takes), f"{named}.lora_B.weight": (gives, 2)}


@pytest.fixture
def model(tmp_path: Path) -> ModelFolder:
    write_tensors(tmp_path / "model" / "model.safetensors", {f"{LAYER}.weight": (6, 8)})
    return ModelFolder(name="tiny", path=tmp_path / "model", config={}, fingerprint="", preset=None)


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    folder = tmp_path / "adapter"
    write_tensors(folder / "adapter_model.safetensors", lora())
    (folder / "adapter_config.json").write_text("{}")
    return folder


def test_one_that_fits_is_taken(adapter: Path, model: ModelFolder) -> None:
    assert given_adapter(adapter, model).adapter == adapter


@pytest.mark.parametrize(
    ("shapes", "says"),
    [
        (lora(takes=9), "`model.layers.0.self_attn.q_proj` takes 8 numbers in the model, 9 in the adapter"),
        (lora(gives=7), "gives 6 numbers in the model, 7 in the adapter"),
        (lora("model.layers.1.self_attn.q_proj"), "it changes `model.layers.1.self_attn.q_proj`, which the model has"),
    ],
)
def test_one_of_another_model_is_refused(adapter: Path, model: ModelFolder, shapes, says: str) -> None:
    write_tensors(adapter / "adapter_model.safetensors", shapes)
    with pytest.raises(BadInput, match="does not fit the model tiny") as raised:
        given_adapter(adapter, model)
    assert says in raised.value.message


def test_a_model_in_four_bits_shows_no_sizes(adapter: Path, model: ModelFolder) -> None:
    write_tensors(model.path / "model.safetensors", {f"{LAYER}.weight": (24, 1)})
    assert given_adapter(adapter, model).digest


def test_layers_that_the_file_names_otherwise_are_for_peft_to_find(adapter: Path, model: ModelFolder) -> None:
    write_tensors(model.path / "model.safetensors", {"language_model.model.layers.0.self_attn.q_proj.weight": (6, 8)})
    assert given_adapter(adapter, model).digest


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda folder: (folder / "adapter_model.safetensors").unlink(), "holds neither"),
        (lambda folder: (folder / "adapter_config.json").unlink(), "has no adapter_config.json"),
        (lambda folder: (folder / "adapter_model.safetensors").write_bytes(b"half"), "is cut off"),
    ],
)
def test_half_of_one_is_refused(adapter: Path, model: ModelFolder, spoil, says: str) -> None:
    spoil(adapter)
    with pytest.raises(BadInput, match=says):
        given_adapter(adapter, model)


@pytest.mark.parametrize(
    ("shapes", "config", "says"),
    [
        ({}, "{}", "its file holds no tensors"),
        (lora(), '{"r": 64}', "says `r: 64`, and `base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight` has"),
        (lora(), "{", "adapter_config.json cannot be read"),
    ],
)
def test_weights_that_are_not_what_the_config_says(adapter: Path, model: ModelFolder, shapes, config, says) -> None:
    write_tensors(adapter / "adapter_model.safetensors", shapes)
    (adapter / "adapter_config.json").write_text(config)
    with pytest.raises(BadInput) as raised:
        given_adapter(adapter, model)
    assert says in raised.value.message


def test_ranks_that_differ_by_layer_are_for_peft_to_judge(adapter: Path, model: ModelFolder) -> None:
    (adapter / "adapter_config.json").write_text('{"r": 64, "rank_pattern": {"q_proj": 2}}')
    assert given_adapter(adapter, model).digest


@pytest.mark.parametrize(
    ("named", "other"),
    [
        ("me/Tiny", False),
        ("/cache/me--tiny", False),
        ("unsloth/tiny-bnb-4bit", False),
        ("", False),
        ("meta-llama/Llama-3.1-8B", True),
    ],
)
def test_the_name_of_another_base_model_is_told(adapter: Path, model: ModelFolder, named: str, other: bool) -> None:
    (adapter / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": named}))
    assert bool(other_base_model(adapter, model)) is other
