"""The type of a model preset: one open-weight model, what it is made of and what it may be used for."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Text = Annotated[str, Meta(min_length=1)]
Count = Annotated[int, Meta(ge=1)]
Positive = Annotated[float, Meta(gt=0)]


class Architecture(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Dimensions as the model's config.json gives them."""

    hidden_size: Count
    layers: Count
    attention_heads: Count
    kv_heads: Count
    head_dim: Count
    intermediate_size: Count
    vocab_size: Count
    max_positions: Count
    tied_embeddings: bool
    qkv_bias: bool = False
    qk_norm: bool = False


class Licence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the licence allows; `attribution` is the notice that it asks for, empty if none."""

    name: Text
    commercial_use: bool
    attribution: str
    source: Text


class ProvenTraining(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """LoRA hyperparameters that were seen to work on this model."""

    learning_rate: Positive
    lora_r: Count
    lora_alpha: Count


class PackageSource(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Python package that ships the weights, for where the hub cannot be reached.

    `sha256` is that of `file`, a path inside the package's installation folder.
    """

    name: Text
    version: Text
    file: Text
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    licence: Text


class ModelPreset(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of presets/models; `languages` are ISO 639-1 codes."""

    version: Literal[1]
    name: Text
    hub_id: Text
    instruct: bool
    parameters: Count
    architecture: Architecture
    languages: tuple[Text, ...]
    licence: Licence
    training: ProvenTraining | None = None
    package: PackageSource | None = None
