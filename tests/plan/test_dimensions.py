"""Parameters as they follow from a config.json, held against published counts."""

from __future__ import annotations

import pytest

from wrapper.errors import BadInput
from wrapper.plan.dimensions import Dimensions

QWEN = {"vocab_size": 151936, "max_position_embeddings": 32768, "tie_word_embeddings": True}


def test_smollm2(smollm2):
    assert smollm2.parameters == 134_515_008
    assert smollm2.lora_parameters(16) == 4_884_480


@pytest.mark.parametrize(
    ("config", "parameters"),
    [
        (
            {
                "model_type": "qwen2",
                "hidden_size": 896,
                "num_hidden_layers": 24,
                "num_attention_heads": 14,
                "num_key_value_heads": 2,
                "intermediate_size": 4864,
            },
            494_032_768,
        ),
        (
            {
                "model_type": "qwen3",
                "hidden_size": 1024,
                "num_hidden_layers": 28,
                "num_attention_heads": 16,
                "num_key_value_heads": 8,
                "head_dim": 128,
                "intermediate_size": 3072,
            },
            596_049_920,
        ),
    ],
)
def test_biases_and_norms_of_the_qwen_family(config, parameters):
    assert Dimensions.from_config(config | QWEN).parameters == parameters


def test_what_a_config_may_leave_out(smollm2_config):
    for key in ("head_dim", "num_key_value_heads", "tie_word_embeddings"):
        del smollm2_config[key]
    found = Dimensions.from_config(smollm2_config)
    assert (found.head_dim, found.kv_heads, found.tied_embeddings) == (64, 9, False)


def test_a_model_with_a_text_part(smollm2_config):
    assert Dimensions.from_config({"text_config": smollm2_config}).parameters == 134_515_008


@pytest.mark.parametrize("key", ["hidden_size", "num_hidden_layers", "vocab_size", "max_position_embeddings"])
def test_what_it_may_not(smollm2_config, key):
    del smollm2_config[key]
    with pytest.raises(BadInput, match=f"no usable `{key}`"):
        Dimensions.from_config(smollm2_config)


def test_experts_are_refused(smollm2_config):
    with pytest.raises(BadInput, match="mixture of experts"):
        Dimensions.from_config(smollm2_config | {"num_experts": 128})
