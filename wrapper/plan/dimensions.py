"""The dimensions of a model, from its own config.json, and the parameters that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import asdict

from wrapper.errors import BadInput
from wrapper.presets.model import ModelPreset

# What a family does without a key of its own in config.json: its model class in transformers 5.24.0.
_QKV_BIAS = frozenset(("qwen2",))
_QK_NORM = frozenset(("qwen3", "qwen3_moe", "gemma3_text", "olmo2", "olmo3"))
_QK_NORM_FULL_WIDTH = frozenset(("olmo2", "olmo3"))
_FOUR_NORMS = frozenset(("gemma2", "gemma3_text"))
_FUSED = frozenset(("phi3",))
_TIED = frozenset(("gemma", "gemma2", "gemma3", "gemma3_text", "smollm3"))

# Mixtures that can be counted; the key under which config.json has the width of one expert.
_EXPERT_WIDTH = {
    "gpt_oss": "intermediate_size",
    "mixtral": "intermediate_size",
    "qwen3_moe": "moe_intermediate_size",
}
_EXPERT_KEYS = ("num_local_experts", "num_experts", "n_routed_experts")

# config.json of Gemma 3 with vision leaves out what equals the default of its class (transformers 5.24.0).
_LEFT_OUT: dict[str, dict[str, int]] = {
    "gemma3_text": {
        "num_attention_heads": 8,
        "num_key_value_heads": 4,
        "head_dim": 256,
        "vocab_size": 262_208,
        "max_position_embeddings": 131_072,
    }
}
_PLANNED_LAYERS = frozenset(("full_attention", "sliding_attention", "chunked_attention"))


@dataclass(frozen=True, kw_only=True)
class Dimensions:
    """A decoder of grouped-query attention and a gated MLP, or gated experts, in each layer.

    `norms_per_layer` counts those as wide as the hidden state. `qk_norm` is one norm each for queries and keys,
    as wide as a head unless `qk_norm_full_width`. `fused_projections`: query, key and value are one matrix, gate and
    up another. `expert_bias` is that of the router too. `sliding_window` is that of the layers which have one.
    """

    hidden_size: int
    layers: int
    attention_heads: int
    kv_heads: int
    head_dim: int
    intermediate_size: int
    vocab_size: int
    max_positions: int
    tied_embeddings: bool
    qkv_bias: bool = False
    o_bias: bool = False
    qk_norm: bool = False
    qk_norm_full_width: bool = False
    norms_per_layer: int = 2
    attention_sinks: bool = False
    fused_projections: bool = False
    sliding_window: int | None = None
    experts: int = 0
    experts_per_token: int = 0
    moe_intermediate_size: int = 0
    expert_bias: bool = False

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Dimensions:
        """Raises BadInput for a config that lacks a dimension, and for a model that is not made as described."""
        text = config.get("text_config", config)
        family = str(text.get("model_type", ""))
        text = _LEFT_OUT.get(family, {}) | {key: value for key, value in text.items() if value is not None}
        _refuse_other_layers(text)
        hidden_size = _whole(text, "hidden_size")
        heads = _whole(text, "num_attention_heads")
        max_positions = _whole(text, "max_position_embeddings")
        tied = text.get("tie_word_embeddings", family in _TIED)
        biases = bool(text.get("attention_bias")) and family not in _FUSED
        return cls(
            hidden_size=hidden_size,
            layers=_whole(text, "num_hidden_layers"),
            attention_heads=heads,
            kv_heads=_whole(text, "num_key_value_heads", heads),
            head_dim=_whole(text, "head_dim", hidden_size // heads),
            intermediate_size=_whole(text, "intermediate_size"),
            vocab_size=_whole(text, "vocab_size"),
            max_positions=max_positions,
            tied_embeddings=bool(config.get("tie_word_embeddings", tied)),
            qkv_bias=biases or family in _QKV_BIAS,
            o_bias=biases,
            qk_norm=family in _QK_NORM,
            qk_norm_full_width=family in _QK_NORM_FULL_WIDTH,
            norms_per_layer=4 if family in _FOUR_NORMS else 2,
            attention_sinks=family == "gpt_oss",
            fused_projections=family in _FUSED,
            sliding_window=_window(text, family, max_positions),
            **_experts(text, family),
        )

    @classmethod
    def of_preset(cls, preset: ModelPreset) -> Dimensions:
        """Those that a preset gives."""
        return cls(**asdict(preset.architecture))

    @property
    def is_mixture(self) -> bool:
        """Only some experts work on a token; an adapter sits on the attention alone."""
        return self.experts > 0

    @property
    def query_size(self) -> int:
        return self.attention_heads * self.head_dim

    @property
    def kv_size(self) -> int:
        return self.kv_heads * self.head_dim

    @property
    def active_intermediate_size(self) -> int:
        """Width of the MLP that one token goes through."""
        return self.experts_per_token * self.moe_intermediate_size if self.is_mixture else self.intermediate_size

    @property
    def linear_shapes(self) -> tuple[tuple[int, int], ...]:
        """(inputs, outputs) of the layers of one decoder layer that an adapter sits on.

        They are q, k, v, o, gate, up and down; of a mixture q, k, v and o.
        """
        return self._attention_shapes if self.is_mixture else (*self._attention_shapes, *self._mlp_shapes)

    @property
    def _attention_shapes(self) -> tuple[tuple[int, int], ...]:
        hidden, query, key = self.hidden_size, self.query_size, self.kv_size
        if self.fused_projections:
            return ((hidden, query + 2 * key), (query, hidden))
        return ((hidden, query), (hidden, key), (hidden, key), (query, hidden))

    @property
    def _mlp_shapes(self) -> tuple[tuple[int, int], ...]:
        hidden, inner = self.hidden_size, self.intermediate_size
        if self.fused_projections:
            return ((hidden, 2 * inner), (inner, hidden))
        return ((hidden, inner), (hidden, inner), (inner, hidden))

    @property
    def expert_parameters(self) -> int:
        """Weights of all experts and their routers, without biases; 0 unless the model is a mixture."""
        expert = 3 * self.hidden_size * self.moe_intermediate_size
        return self.layers * self.experts * (expert + self.hidden_size)

    @property
    def linear_parameters(self) -> int:
        """Weights of all linear layers inside the decoder layers, experts and routers among them."""
        adapted = self.layers * sum(inputs * outputs for inputs, outputs in self.linear_shapes)
        return adapted + self.expert_parameters

    @property
    def parameters(self) -> int:
        """All weights; a head that is tied to the embeddings is counted once."""
        embeddings = self.vocab_size * self.hidden_size * (1 if self.tied_embeddings else 2)
        beside = self._biases + self._norms + (self.attention_heads if self.attention_sinks else 0)
        return embeddings + self.linear_parameters + self.layers * beside + self.hidden_size

    @property
    def _biases(self) -> int:
        """Of one layer."""
        attention = self.query_size + 2 * self.kv_size if self.qkv_bias else 0
        output = self.hidden_size if self.o_bias else 0
        expert = 2 * self.moe_intermediate_size + self.hidden_size
        return attention + output + (self.experts * (expert + 1) if self.expert_bias else 0)

    @property
    def _norms(self) -> int:
        """Of one layer."""
        width = self.query_size + self.kv_size if self.qk_norm_full_width else 2 * self.head_dim
        return self.norms_per_layer * self.hidden_size + (width if self.qk_norm else 0)

    def lora_parameters(self, rank: int) -> int:
        """Weights of an adapter on all layers of `linear_shapes`."""
        return self.layers * rank * sum(inputs + outputs for inputs, outputs in self.linear_shapes)


def _refuse_other_layers(text: Mapping[str, Any]) -> None:
    """BadInput for what grouped-query attention and gated MLPs cannot describe."""
    hint = "take another model: `thriftune presets ls`"
    if text.get("hidden_size_per_layer_input"):
        raise BadInput(
            "the model has embeddings for each layer (`hidden_size_per_layer_input` in config.json), "
            "which are not planned for",
            hint=hint,
        )
    other = sorted({str(kind) for kind in text.get("layer_types") or ()} - _PLANNED_LAYERS)
    if other:
        raise BadInput(
            f"the model has layers of another kind (`{other[0]}` in config.json), which are not planned for",
            hint=hint,
        )


def _experts(text: Mapping[str, Any], family: str) -> dict[str, Any]:
    """The fields of a mixture; BadInput for one whose layers are not all alike."""
    key = next((key for key in _EXPERT_KEYS if text.get(key)), None)
    if key is None:
        return {}
    width = _EXPERT_WIDTH.get(family)
    if width is None or text.get("mlp_only_layers") or text.get("decoder_sparse_step", 1) != 1:
        raise BadInput(
            f"the model is a mixture of experts (`{key}` in config.json) of a kind that is not planned for",
            hint="take a dense model: `thriftune presets ls`",
        )
    return {
        "experts": _whole(text, key),
        "experts_per_token": _whole(text, "num_experts_per_tok"),
        "moe_intermediate_size": _whole(text, width),
        "expert_bias": family == "gpt_oss",
    }


def _window(text: Mapping[str, Any], family: str, max_positions: int) -> int | None:
    """The sliding window, where there is one that is switched on and shorter than the context."""
    window = text.get("sliding_window")
    if not isinstance(window, int) or not text.get("use_sliding_window", not family.startswith("qwen")):
        return None
    return window if window < max_positions else None


def _whole(config: Mapping[str, Any], key: str, default: int | None = None) -> int:
    value = config.get(key)
    value = default if value is None else value
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadInput(
            f"config.json of the model gives no usable `{key}`",
            hint="take a decoder of the Llama, Qwen, Mistral or SmolLM family: `thriftune presets ls`",
        )
    return value
