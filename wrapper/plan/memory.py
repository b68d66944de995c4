"""Memory that a training step takes, part by part, at its two peaks: the loss, and a layer that is computed again.

Weights, adapter and optimiser follow from the dimensions. What a step holds besides goes by the training program:
`Stack`, whose coefficients were read off published runs. All are bytes that the program has allocated; the device
holds the runtime's own as well.
"""

from __future__ import annotations

from dataclasses import dataclass

from wrapper.plan.dimensions import Dimensions
from wrapper.presets.stacks import Stack
from wrapper.spec.fields import Parallel, Sharding

GIB = 2**30

# NF4: half a byte a weight; one 8-bit constant for 64 weights; one fp32 constant for 256 of those
# (Dettmers et al. 2023, QLoRA, double quantisation)
_NF4_BYTES = 0.5 + 1 / 64 + 4 / (64 * 256)
_PRECISION_BYTES = {"bf16": 2, "fp16": 2, "fp32": 4}
_INT8_BYTES = 1 + 4 / 1024  # LLM.int8(): a byte a weight, an fp32 scale a row (rows of some 1,000 weights)
# ZeRO-2 shares out gradients and optimiser states, ZeRO-3 and FSDP2 the weights as well
_SHARES_TRAINED: frozenset[Sharding] = frozenset(("zero2", "zero3", "fsdp2"))
_SHARES_WEIGHTS: frozenset[Sharding] = frozenset(("zero3", "fsdp2"))
_ADAM_STATE_BYTES = {"adamw_torch": 8, "adamw_torch_fused": 8, "adamw_8bit": 2, "paged_adamw_8bit": 2}
# torch's AdamW that is not fused holds one more number of each weight while it steps: Mistral-7B in bf16 peaks at
# 10.0 bytes a weight (fms-acceleration, a100_80gb.csv at 0aab2c6f)
_STEP_NUMBERS = {"adamw_torch": 1}
_HALF_BYTES = 2  # what the coefficients of a stack were measured with


ONE_DEVICE = Parallel()


@dataclass(frozen=True, kw_only=True)
class Load:
    """What one device holds at once: the method, its precision, the shape of a micro-batch, its share.

    `adapter_parameters` are the numbers of an adapter that is not on all linear layers.
    `tower_parameters` are weights beside the language model, for images or sound, which are loaded with it.
    `accumulates`: gradients of an earlier micro-batch are there while the next one's loss is computed.
    """

    dimensions: Dimensions
    stack: Stack
    method: str
    precision: str
    optimizer: str
    lora_r: int
    sequence_tokens: int
    micro_batch_size: int
    gradient_checkpointing: bool
    accumulates: bool = False
    adapter_parameters: int | None = None
    tower_parameters: int = 0
    parallel: Parallel = ONE_DEVICE

    @property
    def width(self) -> int:
        """Bytes of a number in the precision."""
        return _PRECISION_BYTES[self.precision]

    @property
    def tokens(self) -> int:
        return self.sequence_tokens * self.micro_batch_size // self.parallel.context_parallel

    @property
    def is_quantised(self) -> bool:
        return self.method in ("qlora", "lora_8bit")


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Bytes of each part: `saved` is what the forward pass keeps, `layer` what one layer holds as it is recomputed.

    They are not all there at once: the peak is at the loss, in the backward pass or in the optimiser's step.
    """

    weights: float
    adapter: float
    optimizer: float
    gradients: float
    step: float
    saved: float
    layer: float
    logits: float
    runtime: float
    accumulates: bool = False

    @property
    def total(self) -> float:
        """The peak, in bytes."""
        at_loss = self.saved + self.logits + (self.gradients if self.accumulates else 0.0)
        in_backward = self.saved + self.layer + self.gradients
        in_step = self.gradients + self.step
        held = self.weights + self.adapter + self.optimizer + self.runtime
        return held + max(at_loss, in_backward, in_step)

    @property
    def total_gib(self) -> float:
        return self.total / GIB


def memory_of(load: Load, *, runtime_gib: float) -> Memory:
    """The peak of a training step whose micro-batch is all rows of the full length.

    `runtime_gib` is what the process holds besides: the device's context, libraries; 0 for allocated bytes alone.
    """
    parallel = load.parallel
    shards = parallel.world_size
    split_weights = shards if parallel.sharding in _SHARES_WEIGHTS else 1
    split_trained = shards if parallel.sharding in _SHARES_TRAINED else 1
    trained, width = _trained(load)
    state = _ADAM_STATE_BYTES[load.optimizer]
    return Memory(
        weights=_weights(load) / split_weights,
        adapter=0.0 if load.method == "full" else trained * width / split_trained,
        # adamw_torch keeps its moments in the weights' own type
        optimizer=trained * min(state, 2 * width) / split_trained,
        gradients=trained * width / split_trained,
        step=trained * width * _STEP_NUMBERS.get(load.optimizer, 0) / split_trained,
        saved=_saved(load),
        layer=_layer(load) if load.gradient_checkpointing else 0.0,
        logits=load.tokens * load.dimensions.vocab_size * load.stack.logit_bytes * load.width / _HALF_BYTES,
        runtime=runtime_gib * GIB,
        accumulates=load.accumulates,
    )


def _weights(load: Load) -> float:
    """Base weights. Quantised ones: also the largest layer, taken apart for its product."""
    dimensions, width = load.dimensions, load.width
    towers = load.tower_parameters * width
    if not load.is_quantised:
        return dimensions.parameters * width + towers
    bytes_a_weight = _NF4_BYTES if load.method == "qlora" else _INT8_BYTES
    left = 0 if load.stack.quantises_experts else dimensions.expert_parameters  # bitsandbytes leaves stacked experts
    quantised = dimensions.linear_parameters - left
    others = dimensions.parameters - quantised
    largest = max(inputs * outputs for inputs, outputs in dimensions.linear_shapes)
    whole = others * (width + load.stack.embedding_bytes) + largest * width + towers
    return quantised * bytes_a_weight + whole


def _trained(load: Load) -> tuple[int, int]:
    """How many numbers are trained, and the bytes of each: an adapter's are fp32."""
    if load.method == "full":
        return load.dimensions.parameters, load.width
    known = load.adapter_parameters
    return load.dimensions.lora_parameters(load.lora_r) if known is None else known, 4


def _saved(load: Load) -> float:
    """What the forward pass keeps: for each layer all of it, or its input only when checkpointing."""
    dimensions = load.dimensions
    if not load.gradient_checkpointing:
        return dimensions.layers * _layer(load)
    kept = load.stack.saved_bytes * load.width / _HALF_BYTES
    return load.tokens * dimensions.layers * dimensions.hidden_size * kept


def _layer(load: Load) -> float:
    """What one layer holds for its backward pass.

    A token: inputs of both norms and of the attention and MLP products, residuals (6 h), query and attention output
    (2 q), key and value (2 kv), gate, up, their activation and product (4 i), and the norms' fp32 copies.
    Attention itself keeps nothing that grows with the square of the length: it is computed in blocks.
    """
    dimensions, stack = load.dimensions, load.stack
    inner = (
        6 * dimensions.hidden_size
        + 2 * dimensions.query_size
        + 2 * dimensions.kv_size
        + 4 * dimensions.active_intermediate_size
    )
    a_token = (inner * load.width + dimensions.norms_per_layer * dimensions.hidden_size * 4) * stack.layer_factor
    if load.is_quantised:
        a_token += dimensions.active_intermediate_size * stack.quantised_layer_bytes
    return load.tokens * a_token
