"""Memory that training takes, part by part: weights, adapter, optimiser, activations, logits, runtime."""

from __future__ import annotations

from dataclasses import dataclass

from wrapper.plan.dimensions import Dimensions
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


ONE_DEVICE = Parallel()


@dataclass(frozen=True, kw_only=True)
class Load:
    """What one device holds at once: the method, its precision, the shape of a micro-batch, its share."""

    dimensions: Dimensions
    method: str
    precision: str
    optimizer: str
    lora_r: int
    sequence_tokens: int
    micro_batch_size: int
    gradient_checkpointing: bool
    parallel: Parallel = ONE_DEVICE


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Bytes of each part at the peak of a step."""

    weights: float
    trained: float
    activations: float
    logits: float
    runtime: float

    @property
    def total_gib(self) -> float:
        return (self.weights + self.trained + self.activations + self.logits + self.runtime) / GIB


def memory_of(load: Load, *, runtime_gib: float) -> Memory:
    """The peak of a training step whose micro-batch is all rows of the full length."""
    parallel = load.parallel
    shards = parallel.world_size
    split_weights = shards if parallel.sharding in _SHARES_WEIGHTS else 1
    split_trained = shards if parallel.sharding in _SHARES_TRAINED else 1
    return Memory(
        weights=_weights(load) / split_weights,
        trained=_trained(load) / split_trained,
        activations=_activations(load),
        logits=_logits(load),
        runtime=runtime_gib * GIB,
    )


def _weights(load: Load) -> float:
    """Frozen or trained base weights. Quantised ones: also the largest layer, taken apart for its product."""
    dimensions, width = load.dimensions, _PRECISION_BYTES[load.precision]
    if load.method not in ("qlora", "lora_8bit"):
        return dimensions.parameters * width
    bytes_a_weight = _NF4_BYTES if load.method == "qlora" else _INT8_BYTES
    others = dimensions.parameters - dimensions.linear_parameters
    largest = max(inputs * outputs for inputs, outputs in dimensions.linear_shapes)
    return dimensions.linear_parameters * bytes_a_weight + (others + largest) * width


def _trained(load: Load) -> float:
    """Gradients and Adam's two moments of what is trained; a LoRA adapter's fp32 weights as well."""
    state = _ADAM_STATE_BYTES[load.optimizer]
    if load.method == "full":
        width = _PRECISION_BYTES[load.precision]
        moments = min(state, 2 * width)  # adamw_torch keeps its moments in the weights' own type
        return load.dimensions.parameters * (width + moments)
    return load.dimensions.lora_parameters(load.lora_r) * (4 + 4 + state)


def _activations(load: Load) -> float:
    """What the forward pass keeps: for each layer all of it, or its input only when checkpointing.

    A token and layer: inputs of both norms and of the attention and MLP products, residuals (6 h), query
    and attention output (2 q), key and value (2 kv), gate, up, their activation and product (4 i), and
    the two norms' fp32 copies.
    """
    dimensions, width = load.dimensions, _PRECISION_BYTES[load.precision]
    inner = (
        6 * dimensions.hidden_size
        + 2 * dimensions.query_size
        + 2 * dimensions.kv_size
        + 4 * dimensions.intermediate_size
    )
    layer = inner * width + 2 * dimensions.hidden_size * 4
    if load.gradient_checkpointing:
        return _tokens(load) * (layer + dimensions.layers * dimensions.hidden_size * width)
    return _tokens(load) * dimensions.layers * layer


def _logits(load: Load) -> float:
    """Logits as the model gives them, their fp32 copy, its log-softmax and its gradient."""
    width = _PRECISION_BYTES[load.precision] + 4 + 4 + 4
    return float(_tokens(load) * load.dimensions.vocab_size * width)


def _tokens(load: Load) -> int:
    return load.sequence_tokens * load.micro_batch_size // load.parallel.context_parallel
