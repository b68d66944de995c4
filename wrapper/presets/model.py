"""The type of a model preset: one open-weight model, what it is made of and what it may be used for."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Text = Annotated[str, Meta(min_length=1)]
Count = Annotated[int, Meta(ge=1)]
Whole = Annotated[int, Meta(ge=0)]
Positive = Annotated[float, Meta(gt=0)]
Backend = Literal["axolotl", "trl", "unsloth"]
AdapterMethod = Literal["qlora", "lora_8bit", "lora"]


class Architecture(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Dimensions as the model's config.json gives them; `plan.dimensions` says what each counts.

    A model that takes images or sound too is described by its language model alone.
    """

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
    o_bias: bool = False
    qk_norm: bool = False
    qk_norm_full_width: bool = False
    norms_per_layer: Count = 2
    attention_sinks: bool = False
    fused_projections: bool = False
    sliding_window: Count | None = None
    experts: Whole = 0
    experts_per_token: Whole = 0
    moe_intermediate_size: Whole = 0
    expert_bias: bool = False

    def __post_init__(self) -> None:
        if self.experts and not (self.experts_per_token and self.moe_intermediate_size):
            raise ValueError("`experts` needs `experts_per_token` and `moe_intermediate_size`")


class ChatTemplate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a chat becomes text: the family's name, Axolotl's name for it, and the tokens that may end a turn."""

    family: Text
    axolotl: Text
    turn_end: Annotated[tuple[Text, ...], Meta(min_length=1)]
    source: Text


class ProvenTraining(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """LoRA hyperparameters that were seen to work on this model, or that its backend's authors publish for it.

    Without `backend` they hold for all of them, without `method` for all adapters.
    """

    learning_rate: Positive
    lora_r: Count
    lora_alpha: Count
    source: Text
    backend: Backend | None = None
    method: AdapterMethod | None = None


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
    """One file of presets/models; `languages` are ISO 639-1 codes.

    `parameters` are those of the whole checkpoint, `text_parameters` those of the language model where it holds
    more than that. `licences` name files of presets/licences, all of which must allow a use. `backends` are those
    that are known to train the model; `sources` tells for a field where it comes from.
    """

    version: Literal[1]
    name: Text
    hub_id: Text
    instruct: bool
    parameters: Count
    text_parameters: Count | None = None
    architecture: Architecture
    languages: Annotated[tuple[Text, ...], Meta(min_length=1)]
    licences: Annotated[tuple[Text, ...], Meta(min_length=1)]
    chat_template: ChatTemplate
    lora_targets: Annotated[tuple[Text, ...], Meta(min_length=1)]
    backends: Annotated[tuple[Backend, ...], Meta(min_length=1)]
    training: tuple[ProvenTraining, ...] = ()
    sources: dict[str, Text] = {}
    package: PackageSource | None = None
