"""What a backend's config says about the size of a training step, or why no size follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wrapper.errors import ThriftuneError


class NotEstimated(ThriftuneError):
    """The config asks for something that the memory model does not know; the message says for what."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One step; `precision` is `auto` where the device decides, `steps` None where only epochs are given."""

    model: str
    method: str
    precision: str
    optimizer: str
    lora_r: int
    sequence_tokens: int
    micro_batch_size: int
    gradient_accumulation_steps: int
    gradient_checkpointing: bool
    steps: int | None
    kernels: tuple[str, ...] = ()


_OPTIMIZERS = {  # those whose state is Adam's two moments, by the one that the memory model knows
    **dict.fromkeys(("adamw_torch", "adamw_torch_fused", "adamw_hf", "paged_adamw_32bit"), "adamw_torch"),
    **dict.fromkeys(("adamw_8bit", "adamw_bnb_8bit"), "adamw_8bit"),
    "paged_adamw_8bit": "paged_adamw_8bit",
}
# Each changes what is held in memory in a way that the memory model does not follow.
_AXOLOTL_UNKNOWN = (
    "deepspeed",
    "fsdp",
    "fsdp_config",
    "rl",
    "reward_model",
    "process_reward_model",
    "processor_type",
    "load_in_8bit",
    "gptq",
    "qat",
    "fp8",
    "model_quantization_config",
    "unfrozen_parameters",
    "activation_offloading",
    "selective_checkpointing",
    "lora_modules_to_save",
    "lora_target_parameters",
    "peft_use_dora",
    "relora",
    "chunked_cross_entropy",
    "tiled_mlp",
    "quantize_moe_experts",
    "use_onebitllms",
    "lora_model_dir",
    "ple_cpu_offload",
    "lisa_step_interval",
)
_AXOLOTL_LOSSES = {  # the key that switches a plugin's loss on, the kernel, whether it is on without the key
    "LigerPlugin": ("liger_fused_linear_cross_entropy", "liger", False),
    "CutCrossEntropyPlugin": ("cut_cross_entropy", "cut_cross_entropy", True),
}
_AXOLOTL_DEVICES = (
    "tensor_parallel_size",
    "context_parallel_size",
    "sequence_parallel_degree",
    "dp_shard_size",
    "expert_parallel_size",
)
_UNSLOTH_UNKNOWN = ("use_dora", "use_loftq", "vision_all_linear")


def shape_of(config: Mapping[str, Any], backend: str) -> Shape:
    """Raises NotEstimated for a config whose memory does not follow from its dimensions."""
    if backend not in _READERS:
        raise NotEstimated(f"{backend} has no config of its own")
    return _READERS[backend](config)


def _axolotl(config: Mapping[str, Any]) -> Shape:
    for key in _AXOLOTL_UNKNOWN:
        if _is_on(config.get(key)):
            raise NotEstimated(f"memory with `{key}` is not known")
    for key in _AXOLOTL_DEVICES:
        if _whole(config, key, 1) > 1:
            raise NotEstimated(f"memory with `{key}` is not known")
    if config.get("gradient_checkpointing") in ("offload", "offload_disk"):
        raise NotEstimated(f"memory with `gradient_checkpointing: {config['gradient_checkpointing']}` is not known")
    kernels = _axolotl_kernels(config)
    adapter, steps = config.get("adapter") or "full", _whole(config, "max_steps", 0)
    if adapter not in ("full", "lora", "qlora"):
        raise NotEstimated(f"memory with `adapter: {adapter}` is not known")
    if adapter == "lora" and _is_on(config.get("load_in_4bit")):
        raise NotEstimated("memory with `adapter: lora` and `load_in_4bit` is not known")
    return Shape(
        model=_model(config, "base_model"),
        method=adapter,
        precision=_axolotl_precision(config),
        optimizer=_optimizer(config.get("optimizer") or "adamw_torch_fused"),
        lora_r=_whole(config, "lora_r", 0) if adapter != "full" else 0,
        sequence_tokens=_whole(config, "sequence_len", 512),
        micro_batch_size=_whole(config, "micro_batch_size", 1),
        gradient_accumulation_steps=_whole(config, "gradient_accumulation_steps", 1),
        gradient_checkpointing=_is_on(config.get("gradient_checkpointing")),
        steps=steps if steps > 0 else None,
        kernels=kernels,
    )


def _axolotl_kernels(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The plugins that change what the loss holds; raises NotEstimated for any other plugin."""
    found = []
    for plugin in config.get("plugins") or ():
        switch = _AXOLOTL_LOSSES.get(str(plugin).rpartition(".")[2])
        if switch is None:
            raise NotEstimated(f"memory with the plugin `{plugin}` is not known")
        key, kernel, default = switch
        if _is_on(config.get(key, default)):
            found.append(kernel)
    return tuple(found)


def _axolotl_precision(config: Mapping[str, Any]) -> str:
    if any(_is_on(config.get(key)) for key in ("fp16", "float16")):
        return "fp16"
    bf16 = config.get("bf16", "auto")
    if _is_on(config.get("bfloat16")) or (bf16 not in ("auto", None) and _is_on(bf16)):
        return "bf16"
    return "auto" if bf16 == "auto" else "fp32"


def _unsloth(config: Mapping[str, Any]) -> Shape:
    training, lora = _table(config, "training"), _table(config, "lora")
    kind = str(training.get("training_type") or "lora").strip().lower()
    if kind not in ("lora", "full"):
        raise NotEstimated(f"memory with `training_type: {kind}` is not known")
    for key in _UNSLOTH_UNKNOWN:
        if _is_on(lora.get(key)):
            raise NotEstimated(f"memory with `lora.{key}` is not known")
    quantised = kind == "lora" and _is_on(training.get("load_in_4bit", True))
    steps = _whole(training, "max_steps", 0)
    checkpointing = training.get("gradient_checkpointing", "unsloth")
    return Shape(
        model=_model(config, "model"),
        method="qlora" if quantised else kind,
        precision="auto",
        optimizer="adamw_8bit",
        lora_r=_whole(lora, "lora_r", 64) if kind == "lora" else 0,
        sequence_tokens=_whole(training, "max_seq_length", 2048),
        micro_batch_size=_whole(training, "batch_size", 2),
        gradient_accumulation_steps=_whole(training, "gradient_accumulation_steps", 4),
        gradient_checkpointing=_is_on(checkpointing) and checkpointing != "none",
        steps=steps if steps > 0 else None,
    )


_READERS: dict[str, Callable[[Mapping[str, Any]], Shape]] = {"axolotl": _axolotl, "unsloth": _unsloth}


def _model(config: Mapping[str, Any], key: str) -> str:
    value = config.get(key)
    if not isinstance(value, str) or not value:
        raise NotEstimated(f"`{key}` names no model")
    return value.strip()


def _optimizer(name: object) -> str:
    if not isinstance(name, str) or name not in _OPTIMIZERS:
        raise NotEstimated(f"memory with `optimizer: {name}` is not known")
    return _OPTIMIZERS[name]


def _whole(config: Mapping[str, Any], key: str, default: int) -> int:
    value = config.get(key)
    try:
        return default if value is None else int(float(value))
    except (TypeError, ValueError, OverflowError):
        raise NotEstimated(f"`{key}` is no number") from None


def _is_on(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().lower() not in ("", "false", "no", "off", "0", "n", "f")
    return bool(value)


def _table(config: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    value = config.get(section)
    return value if isinstance(value, dict) else {}
