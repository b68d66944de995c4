"""Keys that exclude each other, and keys that need another: what Axolotl's `validate_config` refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from wrapper.backends.axolotl_checks.resemblance import nearest_key
from wrapper.backends.axolotl_checks.schema import ConfigSchema
from wrapper.backends.axolotl_checks.truths import is_given
from wrapper.backends.pydantic_values import number_in
from wrapper.documents import Document
from wrapper.errors import Fault

_ONE = "keep one of them"
# Read in axolotl 0.19.0, utils/schemas/{validation,config,peft,model}.py: the two together, and the remedy
_EXCLUSIVE = (
    ("saves_per_epoch", "save_steps", _ONE),
    ("evals_per_epoch", "eval_steps", _ONE),
    ("warmup_ratio", "warmup_steps", _ONE),
    ("batch_size", "gradient_accumulation_steps", "keep `gradient_accumulation_steps` and `micro_batch_size`"),
    ("val_set_size", "test_datasets", "keep one of them, or set `val_set_size: 0`"),
    ("val_set_size", "pretraining_dataset", "use `test_datasets`"),
    ("val_set_size", "streaming", "use `test_datasets`"),
    ("include_tokens_per_second", "pretraining_dataset", "remove `include_tokens_per_second`"),
    ("gpu_memory_limit", "max_memory", _ONE),
    ("noisy_embedding_alpha", "neftune_noise_alpha", "keep `neftune_noise_alpha`"),
    ("pretrain_multipack_buffer_size", "streaming_multipack_buffer_size", "keep `streaming_multipack_buffer_size`"),
    ("loraplus_lr_ratio", "lr_groups", _ONE),
    ("eval_sample_packing", "do_causal_lm_eval", "set `eval_sample_packing: false`"),
    ("revision_of_model", "gptq", "fetch that revision, and give its folder as `base_model`"),
    ("load_in_4bit", "model_quantization_config", _ONE),
    ("load_in_8bit", "model_quantization_config", _ONE),
    ("load_in_4bit", "qat", "turn it off: `qat` quantises by itself"),
    ("load_in_8bit", "qat", "turn it off: `qat` quantises by itself"),
    ("dataset_exact_deduplication", "streaming", "turn it off"),
    ("dataset_exact_deduplication", "pretraining_dataset", "turn it off"),
    ("dataset_exact_deduplication", "skip_prepare_dataset", _ONE),
    ("lora_dropout", "lora_target_parameters", "set `lora_dropout: 0`"),
    ("lora_target_linear", "quantize_moe_experts", "use `lora_target_parameters`"),
)
# The key, and those of which it needs one
_NEEDS = (
    ("push_dataset_to_hub", ("hf_use_auth_token",)),
    ("do_bench_eval", ("evals_per_epoch", "eval_steps")),
    ("fp8_config", ("fp8",)),
    ("peft_layers_pattern", ("peft_layers_to_transform",)),
    ("pretraining_dataset", ("max_steps",)),
    ("streaming", ("max_steps",)),
    ("torch_compile_options", ("torch_compile",)),
    ("activation_offloading", ("gradient_checkpointing",)),
    ("selective_checkpointing", ("gradient_checkpointing",)),
    ("deepcompile", ("deepspeed",)),
    ("relora", ("jagged_restart_steps",)),
    ("quantize_moe_experts", ("load_in_4bit", "load_in_8bit")),
    ("early_stopping_patience", ("save_steps",)),
    ("early_stopping_patience", ("eval_steps",)),
    ("batch_size", ("micro_batch_size", "gradient_accumulation_steps")),
)
_LORA_KERNELS = ("lora_mlp_kernel", "lora_qkv_kernel", "lora_o_kernel")
_CROSS_ENTROPIES = (
    "cut_cross_entropy",
    "chunked_cross_entropy",
    "liger_cross_entropy",
    "liger_fused_linear_cross_entropy",
)


def combination_faults(document: Document, schema: ConfigSchema) -> Iterator[Fault]:
    """Faults of pairs of keys, wherever the two alone decide."""
    config = document.value
    for one, other, remedy in _EXCLUSIVE:
        if is_given(config, one) and is_given(config, other):
            yield _fault(document, one, f"`{one}` and `{other}` exclude each other", remedy)
    for key, needed in _NEEDS:
        missing = is_given(config, key) and not any(is_given(config, name) for name in needed)
        if missing and not any(_is_misspelt(config, name, schema) for name in needed):
            names = " or ".join(f"`{name}`" for name in needed)
            yield _fault(document, key, f"`{key}` needs {names}", "add it, or remove the key")
    yield from _early_stopping(document, config)
    yield from _kernels(document, config)
    yield from _values(document, config)
    yield from _choices(document, config)


def _early_stopping(document: Document, config: dict[str, Any]) -> Iterator[Fault]:
    saves, evaluations = config.get("save_steps"), config.get("eval_steps")
    if not is_given(config, "early_stopping_patience") or not isinstance(saves, int | float):
        return
    if isinstance(evaluations, int | float) and evaluations and saves % evaluations:
        message = "`early_stopping_patience` needs `save_steps` to be a multiple of `eval_steps`"
        yield _fault(document, "save_steps", message, f"such as `save_steps: {evaluations}`")


def _kernels(document: Document, config: dict[str, Any]) -> Iterator[Fault]:
    kernel = next((key for key in _LORA_KERNELS if is_given(config, key)), "")
    if kernel and is_given(config, "trust_remote_code"):
        message = f"`{kernel}` and `trust_remote_code` exclude each other"
        yield _fault(document, kernel, message, "turn the LoRA kernels off")
    if kernel and config.get("adapter") == "lora" and is_given(config, "load_in_8bit"):
        yield _fault(document, kernel, f"`{kernel}` does not work in 8 bits", "turn the LoRA kernels off")
    entropies = [key for key in _CROSS_ENTROPIES if is_given(config, key)]
    if len(entropies) > 1:
        message = f"`{entropies[0]}` and `{entropies[1]}` exclude each other"
        yield _fault(document, entropies[1], message, _ONE)


def _values(document: Document, config: dict[str, Any]) -> Iterator[Fault]:
    modules = config.get("lora_target_modules")
    for index, pattern in enumerate(modules if isinstance(modules, list) else ()):
        try:
            re.compile(pattern if isinstance(pattern, str) else "")
        except re.error as broken:
            message = f"`lora_target_modules[{index}]` is no regular expression: {broken}"
            yield document.fault("value", message, ("lora_target_modules", index))
    rate = config.get("learning_rate")
    if isinstance(rate, str) and number_in(rate) is None:
        yield document.fault("type", f"`learning_rate` must be a number, not `{rate}`", ("learning_rate",))
    alpha = config.get("neftune_noise_alpha")
    if isinstance(alpha, int | float) and alpha <= 0:
        yield document.fault(
            "value", f"`neftune_noise_alpha` must be more than 0, not {alpha}", ("neftune_noise_alpha",)
        )


def _choices(document: Document, config: dict[str, Any]) -> Iterator[Fault]:
    if config.get("save_strategy") == "best" and not is_given(config, "metric_for_best_model"):
        message = "`save_strategy: best` needs `metric_for_best_model`"
        yield _fault(document, "save_strategy", message, "add `metric_for_best_model: eval_loss`")
    if config.get("chat_template") == "jinja" and not is_given(config, "chat_template_jinja"):
        message = "`chat_template: jinja` needs `chat_template_jinja`"
        yield _fault(document, "chat_template", message, "add the template, or a file with it")
    if config.get("save_safetensors") is False:
        yield _fault(document, "save_safetensors", "weights are always saved as safetensors", "remove it")
    if config.get("adapter") == "qlora" and is_given(config, "gptq") and not is_given(config, "merge_lora"):
        yield _fault(document, "gptq", "`adapter: qlora` cannot be loaded from GPTQ weights", "use `adapter: lora`")
    packed = is_given(config, "sample_packing") and config.get("eval_sample_packing") is not False
    if packed and is_given(config, "eval_table_size"):
        message = "`eval_table_size` and packed evaluation exclude each other"
        yield _fault(document, "eval_table_size", message, "set `eval_sample_packing: false`")
    kwargs = config.get("gradient_checkpointing_kwargs")
    if is_given(config, "unfrozen_parameters") and isinstance(kwargs, dict) and kwargs.get("use_reentrant") is True:
        message = "`unfrozen_parameters` needs checkpointing that is not reentrant"
        yield _fault(document, "gradient_checkpointing_kwargs", message, "set `use_reentrant: false`")


def _is_misspelt(config: dict[str, Any], name: str, schema: ConfigSchema) -> bool:
    """True where a misspelt form of a key is there: that is told once, as a misspelt key."""
    unknown = [str(key) for key in config if key not in schema.document["properties"]]
    return any(nearest_key(key, [name]) for key in unknown)


def _fault(document: Document, key: str, message: str, remedy: str) -> Fault:
    return document.fault("cross_field", message, (key,), suggestion=remedy)
