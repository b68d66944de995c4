"""Where the dimensions of a config's model come from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wrapper.pipeline.config_estimate import estimate_of_config
from wrapper.plan.config_shape import NotEstimated

LLAMA = {
    "model_type": "llama",
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "max_position_embeddings": 8192,
    "num_attention_heads": 32,
    "num_hidden_layers": 24,
    "num_key_value_heads": 32,
    "tie_word_embeddings": True,
    "vocab_size": 49152,
}


def estimate(model: object, **keys: object):
    return estimate_of_config({"base_model": str(model), **keys}, backend="axolotl", gpu=None)


def test_a_local_folder_gives_what_its_preset_gives(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(LLAMA))
    preset = estimate("HuggingFaceTB/SmolLM2-1.7B-Instruct")
    assert estimate(tmp_path).memory_gib == preset.memory_gib


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ("{}", "gives no usable `hidden_size`"),
        (json.dumps(LLAMA | {"num_experts": 8}), "mixture of experts"),
    ],
)
def test_a_folder_that_gives_no_size_says_why(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(NotEstimated) as refused:
        estimate(tmp_path)
    assert reason in refused.value.message


def test_a_model_that_nobody_knows_says_what_to_give() -> None:
    with pytest.raises(NotEstimated) as refused:
        estimate("me/mine")
    assert refused.value.message.startswith("the size of `me/mine` is not known; give its folder, with config.json, ")
