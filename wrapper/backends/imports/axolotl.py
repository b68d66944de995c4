"""The keys of an Axolotl config: which go into a spec, and why the others do not."""

from __future__ import annotations

from collections.abc import Collection

from wrapper.backends.axolotl_checks.schema import schema_of
from wrapper.backends.imports.entries import OVERRIDES, VALIDATION_ROWS
from wrapper.backends.imports.keymap import (
    ANSWERS,
    FIXED,
    FOLDER,
    LEDGER,
    LINEAR,
    ONE_FILE,
    PLANNED,
    SECRET,
    SHAPE,
    Config,
    Keymap,
)
from wrapper.backends.pydantic_values import truth_in
from wrapper.spec.fields import Method


def _top_level() -> Collection[str]:
    keys: Collection[str] = schema_of({}).document["properties"]
    return keys


def _method(config: Config) -> Method | None:
    """None for an adapter that a spec has no word for."""
    adapter = config.get("adapter") or None
    if adapter is None:
        return "full"
    if adapter not in ("lora", "qlora"):
        return None
    if adapter == "qlora" or truth_in(config.get("load_in_4bit")):
        return "qlora"
    return "lora_8bit" if truth_in(config.get("load_in_8bit")) else "lora"


_SAME_NAME = (
    "learning_rate",
    "max_steps",
    "micro_batch_size",
    "gradient_accumulation_steps",
    "sequence_len",
    "sample_packing",
    "lora_r",
    "lora_alpha",
    "lora_dropout",
    "warmup_steps",
    "lr_scheduler",
    "weight_decay",
    "seed",
)

_REASONS: dict[str, tuple[str, ...]] = {
    PLANNED: (
        *("optimizer", "bf16", "bfloat16", "fp16", "float16", "tf32", "gradient_checkpointing"),
        *("attn_implementation", "flash_attention", "sdp_attention", "xformers_attention", "eager_attention"),
        *("flex_attention", "sage_attention", "lora_qkv_kernel", "lora_o_kernel", "lora_mlp_kernel"),
        *("eval_batch_size", "eval_steps", "evals_per_epoch", "eval_strategy", "evaluation_strategy"),
        *("save_steps", "saves_per_epoch", "save_strategy", "early_stopping_patience"),
    ),
    "the plan decides it; its parts are `micro_batch_size` and `gradient_accumulation_steps`": ("batch_size",),
    "a spec counts warm-up in steps: `training.overrides.warmup_steps`": ("warmup_ratio",),
    FIXED: (
        *("pad_to_sequence_len", "excess_length_strategy", "load_best_model_at_end", "logging_steps"),
        *("save_total_limit", "dataset_num_proc", "dataset_processes", "shuffle_merged_datasets", "dataloader_*"),
    ),
    LINEAR: ("lora_target_linear", "lora_target_modules"),
    ANSWERS: ("train_on_inputs", "*datasets.roles_to_train", "*datasets.train_on_eos", "*datasets.train_on_eot"),
    SHAPE: ("*datasets.ds_type",),
    ONE_FILE: ("datasets", "test_datasets", "*datasets.data_files"),
    "the model's own tokenizer and chat template are used": (
        *("chat_template*", "*datasets.chat_template*", "eot_tokens", "tokenizer_*", "special_tokens", "tokens"),
        "added_tokens_overrides",
    ),
    "if these are the task's instructions, give them as `task.prompt`": ("default_system_message",),
    FOLDER: ("output_dir", "dataset_prepared_path"),
    "`thriftune train --resume` goes on from the last checkpoint": (
        *("resume_from_checkpoint", "auto_resume_from_checkpoints"),
    ),
    SECRET: ("comet_api_key", "hf_use_auth_token", "swanlab_api_key", "swanlab_lark_secret"),
    LEDGER: (
        *("wandb_*", "use_wandb", "mlflow_*", "use_mlflow", "hf_mlflow_*", "comet_*", "use_comet", "trackio_*"),
        *("use_trackio", "use_tensorboard", "otel_*", "use_otel_metrics", "swanlab_*", "use_swanlab"),
        *("include_tkps", "include_tokens_per_second"),
    ),
    "thriftune keeps its own ledger and uploads nothing": ("hub_*", "push_dataset_to_hub"),
    "several GPUs are `training.parallel`: set it by hand": (
        *("deepspeed", "deepcompile", "fsdp*", "ddp*", "dp_*_size", "tensor_parallel_size", "context_parallel_size"),
        *("sequence_parallel_degree", "ring_attn_func", "heads_k_stride", "expert_parallel_*", "use_ray", "ray_*"),
        *("resources_per_worker", "device_map", "max_memory", "gpu_memory_limit", "world_size", "local_rank"),
    ),
    "thriftune trains on answers to copy, not on preferences or rewards: nothing takes its place": (
        *("rl", "rl_*", "dpo_*", "kto_*", "orpo_alpha", "cpo_alpha", "simpo_gamma", "rpo_alpha", "trl", "vllm"),
        *("reward_model", "process_reward_model", "center_rewards_coefficient", "precompute_ref_log_probs"),
        *("max_prompt_len", "nemo_gym_*", "ebft", "kd_*"),
    ),
    "raw text is `data.corpus` with `training.objective: text`: set it by hand": (
        *("pretraining_dataset", "pretraining_*", "pretrain_*", "streaming*"),
    ),
    "set `training.lora_variant` by hand": ("peft_use_dora", "peft_use_rslora"),
    "set `training.kernels` by hand": ("liger_*", "cut_cross_entropy", "plugins"),
}

KEYMAP = Keymap(
    backend="axolotl",
    title="Axolotl",
    top_level=_top_level,
    opened=(),
    model=("base_model",),
    train=(("datasets", 0, "path"),),
    validation=(("test_datasets", 0, "path"),),
    method=_method,
    method_keys=(("adapter",), ("load_in_4bit",), ("load_in_8bit",)),
    method_default="Axolotl trains all weights where no `adapter` is named",
    numbers={
        **{(key,): (*OVERRIDES, key) for key in _SAME_NAME},
        ("num_epochs",): (*OVERRIDES, "epochs"),
        ("val_set_size",): VALIDATION_ROWS,
    },
    usual={
        "*datasets.type": ("chat_template", "alpaca"),
        "*datasets.field_messages": ("messages", "conversations"),
        "*datasets.message_property_mappings": (
            {"role": "role", "content": "content"},
            {"role": "from", "content": "value"},
        ),
        "*datasets.message_field_role": ("role", "from"),
        "*datasets.message_field_content": ("content", "value"),
        "*datasets.split": ("train",),
        "*datasets.field*": (),
        "*datasets.roles": (),
    },
    reasons=_REASONS,
)
