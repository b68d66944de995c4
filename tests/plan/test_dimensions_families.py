"""Each family's config.json, as its models have it on the hub, gives what the preset states."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from wrapper.errors import BadInput
from wrapper.plan.dimensions import Dimensions
from wrapper.presets.load import load_model_preset, preset_names


def config(family: str, hidden: int, layers: int, heads: int, inner: int, **others: Any) -> dict[str, Any]:
    """The keys that every config.json has, and others."""
    return {
        "model_type": family,
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
    } | others


def sizes(kv: int, vocabulary: int, positions: int, **others: Any) -> dict[str, Any]:
    return {"num_key_value_heads": kv, "vocab_size": vocabulary, "max_position_embeddings": positions} | others


def gemma3(**text: Any) -> dict[str, Any]:
    """With vision: the text part leaves out what is the default of its class."""
    shared = {
        "model_type": "gemma3_text",
        "rope_scaling": {"factor": 8.0, "rope_type": "linear"},
        "sliding_window": 1024,
    }
    return {"model_type": "gemma3", "mm_tokens_per_image": 256, "text_config": shared | text, "vision_config": {}}


GEMMA_2 = {"attention_bias": False, "attn_logit_softcapping": 50.0, "sliding_window": 4096}
LLAMA = {"attention_bias": False, "mlp_bias": False}
QWEN_2 = {"sliding_window": 131072, "use_sliding_window": False, "max_window_layers": 28}
QWEN_3 = {"attention_bias": False, "head_dim": 128, "sliding_window": None, "use_sliding_window": False}
GRANITE = {"attention_bias": False, "mlp_bias": False, "logits_scaling": 8.0, "tie_word_embeddings": True}
UNTIED = {"tie_word_embeddings": False}

CONFIGS = {
    "gemma-2-2b": config("gemma2", 2304, 26, 8, 9216, **GEMMA_2, **sizes(4, 256000, 8192, head_dim=256)),
    "gemma-2-27b": config("gemma2", 4608, 46, 32, 36864, **GEMMA_2, **sizes(16, 256000, 8192, head_dim=128)),
    "gemma-3-1b": config("gemma3_text", 1152, 26, 4, 6912, sliding_window=512, **sizes(1, 262144, 32768, head_dim=256)),
    "gemma-3-4b": gemma3(hidden_size=2560, intermediate_size=10240, num_hidden_layers=34),
    "gemma-3-12b": gemma3(
        hidden_size=3840,
        intermediate_size=15360,
        num_hidden_layers=48,
        num_attention_heads=16,
        num_key_value_heads=8,
    ),
    "gemma-3-27b": gemma3(
        head_dim=128,
        hidden_size=5376,
        intermediate_size=21504,
        num_hidden_layers=62,
        num_attention_heads=32,
        num_key_value_heads=16,
    ),
    "gpt-oss-20b": config(
        "gpt_oss",
        2880,
        24,
        64,
        2880,
        **sizes(8, 201088, 131072, head_dim=64),
        **UNTIED,
        attention_bias=True,
        experts_per_token=4,
        num_experts_per_tok=4,
        num_local_experts=32,
        sliding_window=128,
        layer_types=["sliding_attention", "full_attention"] * 12,
    ),
    "granite-3.3-2b": config("granite", 2048, 40, 32, 8192, **GRANITE, **sizes(8, 49159, 131072)),
    "granite-4.1-3b": config("granite", 2560, 40, 40, 8192, **GRANITE, **sizes(8, 100352, 131072)),
    "llama-3.1-8b": config("llama", 4096, 32, 32, 14336, **LLAMA, **UNTIED, **sizes(8, 128256, 131072)),
    "llama-3.2-1b": config(
        "llama", 2048, 16, 32, 8192, **LLAMA, tie_word_embeddings=True, **sizes(8, 128256, 131072, head_dim=64)
    ),
    "deepseek-r1-distill-qwen-1.5b": config(
        "qwen2", 1536, 28, 12, 8960, **UNTIED, **sizes(2, 151936, 131072), sliding_window=4096, use_sliding_window=False
    ),
    "ministral-8b-2410": config(
        "mistral", 4096, 36, 32, 12288, **UNTIED, **sizes(8, 131072, 32768, head_dim=128), sliding_window=32768
    ),
    "mistral-7b-v0.3": config("mistral", 4096, 32, 32, 14336, **UNTIED, **sizes(8, 32768, 32768), sliding_window=None),
    "mistral-nemo-12b": config("mistral", 5120, 40, 32, 14336, **UNTIED, **sizes(8, 131072, 131072, head_dim=128)),
    "olmo-2-7b": config("olmo2", 4096, 32, 32, 11008, attention_bias=False, **UNTIED, **sizes(32, 100352, 4096)),
    "olmo-3-7b": config(
        "olmo3",
        4096,
        32,
        32,
        11008,
        attention_bias=False,
        sliding_window=4096,
        layer_types=["sliding_attention"] * 3 + ["full_attention"],
        **UNTIED,
        **sizes(32, 100278, 65536),
    ),
    "phi-4": config("phi3", 5120, 40, 40, 17920, sliding_window=None, **UNTIED, **sizes(10, 100352, 16384)),
    "phi-4-mini": config(
        "phi3", 3072, 32, 24, 8192, sliding_window=262144, tie_word_embeddings=True, **sizes(8, 200064, 131072)
    ),
    "qwen2.5-3b": config("qwen2", 2048, 36, 16, 11008, **QWEN_2, tie_word_embeddings=True, **sizes(2, 151936, 32768)),
    "qwen2.5-7b": config("qwen2", 3584, 28, 28, 18944, **QWEN_2, **UNTIED, **sizes(4, 152064, 32768)),
    "qwen3-32b": config("qwen3", 5120, 64, 64, 25600, **QWEN_3, **UNTIED, **sizes(8, 151936, 40960)),
    "qwen3-30b-a3b": config(
        "qwen3_moe",
        2048,
        48,
        32,
        6144,
        **QWEN_3,
        **UNTIED,
        **sizes(4, 151936, 40960),
        decoder_sparse_step=1,
        mlp_only_layers=[],
        moe_intermediate_size=768,
        num_experts=128,
        num_experts_per_tok=8,
    ),
    "smollm2-1.7b": config("llama", 2048, 24, 32, 8192, **LLAMA, tie_word_embeddings=True, **sizes(32, 49152, 8192)),
    "smollm3-3b": config("smollm3", 2048, 36, 16, 11008, attention_bias=False, **sizes(4, 128256, 65536)),
}


def test_every_family_of_the_presets_is_here():
    def family(name: str) -> str:
        return name.split("-")[0]

    assert set(map(family, CONFIGS)) == set(map(family, preset_names()))


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_gives_what_the_preset_states(name):
    stated = load_model_preset(name).architecture
    assert Dimensions.from_config(CONFIGS[name]) == Dimensions(**msgspec.structs.asdict(stated))


def test_a_mixture_is_adapted_on_its_attention():
    mixture = Dimensions.from_config(CONFIGS["qwen3-30b-a3b"])
    assert mixture.is_mixture
    assert mixture.linear_shapes == ((2048, 4096), (2048, 512), (2048, 512), (4096, 2048))
    assert mixture.lora_parameters(16) == 48 * 16 * (6144 + 2560 + 2560 + 6144)
    assert mixture.expert_parameters == 48 * 128 * (3 * 2048 * 768 + 2048)
    assert mixture.linear_parameters == mixture.expert_parameters + 48 * (2 * 2048 * 4096 + 2 * 2048 * 512)
    assert mixture.active_intermediate_size == 8 * 768


def test_mixtral_says_the_width_of_an_expert_under_another_key():
    experts = {"num_local_experts": 8, "num_experts_per_tok": 2, "sliding_window": None}
    mixtral = config("mixtral", 4096, 32, 32, 14336, **experts, **UNTIED, **sizes(8, 32000, 32768))
    assert Dimensions.from_config(mixtral).parameters == 46_702_792_704


def test_fused_projections_take_fewer_adapter_weights():
    phi = Dimensions.from_config(CONFIGS["phi-4-mini"])
    assert phi.linear_shapes == ((3072, 5120), (3072, 3072), (3072, 16384), (8192, 3072))
    assert not phi.is_mixture
    assert phi.active_intermediate_size == 8192


def test_a_bias_on_all_of_the_attention():
    plain = config("llama", 64, 2, 4, 128, **sizes(2, 100, 512), **UNTIED)
    biased = Dimensions.from_config(plain | {"attention_bias": True})
    assert biased.parameters - Dimensions.from_config(plain).parameters == 2 * (64 + 2 * 32 + 64)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model_type": "qwen2_moe", "num_experts": 60}, "mixture of experts (`num_experts`"),
        ({"model_type": "qwen3_moe", "num_experts": 8, "mlp_only_layers": [0]}, "mixture of experts"),
        ({"model_type": "qwen3_moe", "num_experts": 8, "decoder_sparse_step": 2}, "mixture of experts"),
        ({"model_type": "qwen3_moe", "num_experts": 8}, "no usable `num_experts_per_tok`"),
        ({"model_type": "gemma4_text", "hidden_size_per_layer_input": 256}, "embeddings for each layer"),
        ({"model_type": "qwen3_5", "layer_types": ["linear_attention"]}, "another kind (`linear_attention`"),
    ],
)
def test_what_cannot_be_counted_is_refused(smollm2_config, changes, told):
    with pytest.raises(BadInput) as refused:
        Dimensions.from_config({"text_config": smollm2_config | changes})
    assert told in refused.value.message
