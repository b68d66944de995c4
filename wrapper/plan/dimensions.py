"""The dimensions of a model, from its own config.json, and the parameters that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wrapper.errors import BadInput

_QKV_BIAS = frozenset(("qwen2",))  # without a key of their own in config.json
_QK_NORM = frozenset(("qwen3",))
_EXPERT_KEYS = ("num_local_experts", "num_experts", "n_routed_experts")


@dataclass(frozen=True, kw_only=True)
class Dimensions:
    """A decoder of the Llama family: grouped-query attention and a gated MLP in each layer."""

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
    qk_norm: bool = False

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Dimensions:
        """Raises BadInput for a config that lacks a dimension, and for mixtures of experts."""
        text = config.get("text_config", config)
        experts = next((key for key in _EXPERT_KEYS if text.get(key)), None)
        if experts is not None:
            raise BadInput(
                f"the model is a mixture of experts (`{experts}` in config.json), which is not planned for",
                hint="take a dense model: `thriftune presets ls`",
            )
        hidden_size = _whole(text, "hidden_size")
        heads = _whole(text, "num_attention_heads")
        family = str(text.get("model_type", ""))
        return cls(
            hidden_size=hidden_size,
            layers=_whole(text, "num_hidden_layers"),
            attention_heads=heads,
            kv_heads=_whole(text, "num_key_value_heads", heads),
            head_dim=_whole(text, "head_dim", hidden_size // heads),
            intermediate_size=_whole(text, "intermediate_size"),
            vocab_size=_whole(text, "vocab_size"),
            max_positions=_whole(text, "max_position_embeddings"),
            tied_embeddings=bool(config.get("tie_word_embeddings", text.get("tie_word_embeddings", False))),
            qkv_bias=bool(text.get("attention_bias")) or family in _QKV_BIAS,
            qk_norm=family in _QK_NORM,
        )

    @property
    def query_size(self) -> int:
        return self.attention_heads * self.head_dim

    @property
    def kv_size(self) -> int:
        return self.kv_heads * self.head_dim

    @property
    def linear_shapes(self) -> tuple[tuple[int, int], ...]:
        """(inputs, outputs) of the linear layers of one decoder layer: q, k, v, o, gate, up, down."""
        hidden, inner = self.hidden_size, self.intermediate_size
        return (
            (hidden, self.query_size),
            (hidden, self.kv_size),
            (hidden, self.kv_size),
            (self.query_size, hidden),
            (hidden, inner),
            (hidden, inner),
            (inner, hidden),
        )

    @property
    def linear_parameters(self) -> int:
        """Weights of all linear layers inside the decoder layers: what NF4 quantises."""
        return self.layers * sum(inputs * outputs for inputs, outputs in self.linear_shapes)

    @property
    def parameters(self) -> int:
        """All weights; a head that is tied to the embeddings is counted once."""
        embeddings = self.vocab_size * self.hidden_size * (1 if self.tied_embeddings else 2)
        biases = self.query_size + 2 * self.kv_size if self.qkv_bias else 0
        norms = 2 * self.hidden_size + (2 * self.head_dim if self.qk_norm else 0)
        return embeddings + self.linear_parameters + self.layers * (biases + norms) + self.hidden_size

    def lora_parameters(self, rank: int) -> int:
        """Weights of an adapter on all linear layers of the decoder."""
        return self.layers * rank * sum(inputs + outputs for inputs, outputs in self.linear_shapes)


def _whole(config: Mapping[str, Any], key: str, default: int | None = None) -> int:
    value = config.get(key)
    value = default if value is None else value
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadInput(
            f"config.json of the model gives no usable `{key}`",
            hint="take a decoder of the Llama, Qwen, Mistral or SmolLM family: `thriftune presets ls`",
        )
    return value
