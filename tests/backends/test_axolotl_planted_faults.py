"""Faults planted one by one into configs that are right: each is found, on its line, and none before it was planted."""

from __future__ import annotations

import time

import pytest

from wrapper.backends.axolotl_checks.resemblance import nearest_key, slips
from wrapper.backends.axolotl_checks.schema import schema_of
from wrapper.backends.axolotl_validation import find_faults
from wrapper.environments import Environment
from wrapper.environments.validator import ask_backend

SFT = """\
base_model: Qwen/Qwen3-1.7B
datasets:
  - path: rows.jsonl
    ds_type: json
    type: chat_template
    field_messages: messages
    roles_to_train: [assistant]
    train_on_eos: turn
adapter: qlora
load_in_4bit: true
lora_r: 16
lora_alpha: 32
lora_dropout: 0.05
lora_target_linear: true
sequence_len: 2048
micro_batch_size: 2
gradient_accumulation_steps: 4
gradient_checkpointing: true
learning_rate: 2e-4
lr_scheduler: cosine
optimizer: adamw_torch
weight_decay: 0.0
warmup_steps: 10
num_epochs: 2
val_set_size: 0.1
eval_steps: 20
save_steps: 20
bf16: auto
logging_steps: 1
output_dir: out
"""
DPO = """\
base_model: Qwen/Qwen3-1.7B
datasets:
  - {path: pairs.jsonl, type: chatml.intel, split: train}
rl: dpo
rl_beta: 0.1
adapter: lora
lora_r: 16
lora_alpha: 32
lora_target_linear: true
micro_batch_size: 1
learning_rate: 5e-6
"""
SHARDED = """\
base_model: Qwen/Qwen3-8B
datasets: [{path: rows.jsonl, type: alpaca}]
learning_rate: 2e-5
optimizer: adamw_torch_fused
micro_batch_size: 1
fsdp_version: 2
fsdp_config:
  offload_params: false
  auto_wrap_policy: TRANSFORMER_BASED_WRAP
  transformer_layer_cls_to_wrap: Qwen3DecoderLayer
  state_dict_type: FULL_STATE_DICT
"""
FIRST_FSDP = SHARDED.replace("fsdp_version: 2", "fsdp_version: 1").replace("adamw_torch_fused", "adamw_8bit")
GRPO = """\
base_model: Qwen/Qwen3-1.7B
datasets: [{path: prompts.jsonl}]
rl: grpo
trl: {num_generations: 4, max_completion_length: 256}
micro_batch_size: 2
gradient_accumulation_steps: 2
learning_rate: 1e-6
"""
STREAMED = """\
base_model: TinyLlama/TinyLlama-1.1B
pretraining_dataset: [{path: pages, type: pretrain}]
streaming: true
max_steps: 100
learning_rate: 1e-4
"""
BASES = {"sft": SFT, "dpo": DPO, "sharded": SHARDED, "first fsdp": FIRST_FSDP, "grpo": GRPO, "streamed": STREAMED}

# base, what is replaced (nothing: a line is added), by what, the key that must be named
MISSPELT = [
    (SFT, "lora_alpha", "lora_alhpa"),
    (SFT, "lora_r:", "lora_rank:"),
    (SFT, "lora_dropout", "lora_dropuot"),
    (SFT, "lora_target_linear", "lora_target_lineer"),
    (SFT, "learning_rate", "learning-rate"),
    (SFT, "learning_rate", "LearningRate"),
    (SFT, "micro_batch_size", "micro_batchsize"),
    (SFT, "gradient_accumulation_steps", "gradient_acumulation_steps"),
    (SFT, "gradient_accumulation_steps", "gradient_accum_steps"),
    (SFT, "gradient_checkpointing", "gradient_checkpoint"),
    (SFT, "sequence_len", "sequence_length"),
    (SFT, "sequence_len", "seqeunce_len"),
    (SFT, "num_epochs", "num_epoch"),
    (SFT, "weight_decay", "weigth_decay"),
    (SFT, "warmup_steps", "warm_up_steps"),
    (SFT, "val_set_size", "val_size_set"),
    (SFT, "eval_steps", "evals_steps"),
    (SFT, "lr_scheduler", "lr_scheduler_type"),
    (SFT, "optimizer", "optimiser"),
    (SFT, "load_in_4bit", "load_in_4_bit"),
    (SFT, "output_dir", "output_dirs"),
    (SFT, "base_model", "base_modle"),
    (SFT, "datasets", "dataset"),
    (SFT, "logging_steps", "loging_steps"),
    (SFT, "field_messages", "field_message"),
    (SFT, "roles_to_train", "role_to_train"),
    (SFT, "train_on_eos", "train_on_oes"),
    (SFT, "ds_type", "ds_typ"),
    (DPO, "rl_beta", "rl_bta"),
    (SHARDED, "offload_params", "offload_parms"),
    (SHARDED, "state_dict_type", "state_dict_typ"),
    (SHARDED, "fsdp_version", "fsdp_versoin"),
    (GRPO, "num_generations", "num_generation"),
    (GRPO, "max_completion_length", "max_completion_len"),
    (STREAMED, "pretraining_dataset", "pretraining_datasets"),
    (STREAMED, "max_steps", "max_step"),
]
AT_ODDS = [
    (SFT, "load_in_4bit: true", "load_in_4bit: false", "load_in_4bit"),
    (SFT, "adapter: qlora", "adapter: lroa", "adapter"),
    (SFT, "adapter: qlora\n", "", "load_in_4bit"),
    (SFT, "lora_r: 16\n", "", "adapter"),
    (SFT, "lora_alpha: 32\n", "", "adapter"),
    (SFT, "lora_target_linear: true\n", "", "adapter"),
    (SFT, "cosine", "cosinus", "lr_scheduler"),
    (SFT, "adamw_torch", "adamw_trch", "optimizer"),
    (SFT, "2e-4", "two", "learning_rate"),
    (SFT, "", "load_in_8bit: true", "load_in_8bit"),
    (SFT, "", "test_datasets: [{path: t.jsonl, type: chat_template}]", "val_set_size"),
    (SFT, "", "saves_per_epoch: 1", "saves_per_epoch"),
    (SFT, "", "evals_per_epoch: 1", "evals_per_epoch"),
    (SFT, "", "warmup_ratio: 0.1", "warmup_ratio"),
    (SFT, "", "save_strategy: epoch", "save_steps"),
    (SFT, "", "eval_strategy: epoch", "eval_steps"),
    (SFT, "val_set_size: 0.1", "val_set_size: 0", "eval_steps"),
    (SFT, "", "batch_size: 8", "batch_size"),
    (SFT, "save_steps: 20", "save_steps: 30\nearly_stopping_patience: 2", "save_steps"),
    (SFT, "save_steps: 20", "early_stopping_patience: 2", "early_stopping_patience"),
    (SFT, "", "attn_implementation: flash", "attn_implementation"),
    (SFT, "", "attn_implementation: sdpa\nflash_attention: true", "flash_attention"),
    (SFT, "", "chat_template: jinja", "chat_template"),
    (SFT, "", "save_safetensors: false", "save_safetensors"),
    (SFT, "", "lora_mlp_kernel: true\ntrust_remote_code: true", "lora_mlp_kernel"),
    (SFT, "", "lora_target_modules: ['(q_proj']", "lora_target_modules[0]"),
    (SFT, "", "neftune_noise_alpha: -5", "neftune_noise_alpha"),
    (SFT, "", "max_memory: {0: 20GB}\ngpu_memory_limit: 20GB", "gpu_memory_limit"),
    (SFT, "", "deepspeed: zero3.json\nfsdp_config: {offload_params: true}", "fsdp_config"),
    (SFT, "", "cut_cross_entropy: true\nliger_cross_entropy: true", "liger_cross_entropy"),
    (SFT, "gradient_checkpointing: true\n", "activation_offloading: true\n", "activation_offloading"),
    (SFT, "", "torch_compile_options: {epilogue_fusion: true}", "torch_compile_options"),
    (SFT, "", "qat: {weight_dtype: int8}", "load_in_4bit"),
    (SFT, "", "lora_target_parameters: [mlp.experts.gate_up_proj]", "lora_dropout"),
    (SFT, "", "do_bench_eval: true\neval_steps:", "do_bench_eval"),
    (SFT, "", "push_dataset_to_hub: me/rows", "push_dataset_to_hub"),
    (SFT, "", "context_parallel_size: 2", "context_parallel_size"),
    (
        SFT,
        "",
        "pretraining_dataset: [{path: p}]\nmax_steps: 5\nval_set_size: 0\neval_steps:\ninclude_tokens_per_second: true",
        "include_tokens_per_second",
    ),
    (SFT, "", "noisy_embedding_alpha: 5\nneftune_noise_alpha: 5", "noisy_embedding_alpha"),
    (
        SFT,
        "",
        "pretrain_multipack_buffer_size: 10\nstreaming_multipack_buffer_size: 10",
        "pretrain_multipack_buffer_size",
    ),
    (SFT, "", "loraplus_lr_ratio: 16\nlr_groups: [{name: a, modules: [q_proj], lr: 1.0e-4}]", "loraplus_lr_ratio"),
    (SFT, "", "eval_sample_packing: true\ndo_causal_lm_eval: true", "eval_sample_packing"),
    (SFT, "", "adapter: lora\nload_in_4bit: false\ngptq: true\nrevision_of_model: abc", "revision_of_model"),
    (SFT, "", "model_quantization_config: Mxfp4Config", "load_in_4bit"),
    (
        SFT,
        "",
        "adapter: lora\nload_in_4bit: false\nload_in_8bit: true\nmodel_quantization_config: Mxfp4Config",
        "load_in_8bit",
    ),
    (SFT, "", "adapter: lora\nload_in_4bit: false\nload_in_8bit: true\nqat: {weight_dtype: int8}", "load_in_8bit"),
    (SFT, "", "dataset_exact_deduplication: true\nskip_prepare_dataset: true", "dataset_exact_deduplication"),
    (SFT, "", "quantize_moe_experts: true", "lora_target_linear"),
    (SFT, "", "fp8_config: {recipe: tensorwise}", "fp8_config"),
    (SFT, "", "peft_layers_pattern: [layers]", "peft_layers_pattern"),
    (SFT, "", "gradient_checkpointing: false\nselective_checkpointing: true", "selective_checkpointing"),
    (SFT, "", "deepcompile: true", "deepcompile"),
    (SFT, "", "relora: true", "relora"),
    (SFT, "", "save_strategy: best\nsave_steps:", "save_strategy"),
    (SFT, "", "sample_packing: true\neval_table_size: 5", "eval_table_size"),
    (
        SFT,
        "",
        "unfrozen_parameters: [lm_head]\ngradient_checkpointing_kwargs: {use_reentrant: true}",
        "gradient_checkpointing_kwargs",
    ),
    (SFT, "", "gptq: true", "gptq"),
    (SFT, "", "lora_qkv_kernel: true\nadapter: lora\nload_in_4bit: false\nload_in_8bit: true", "lora_qkv_kernel"),
    (SFT, "", "deepspeed: z.json\noptimizer: muon", "optimizer"),
    (SFT, "", "deepspeed: z.json\noptimizer: polora", "optimizer"),
    (SFT, "", "deepspeed: z.json\noptimizer: flash_adamw\nadapter:\nload_in_4bit: false", "optimizer"),
    (SFT, "", "relora: true\njagged_restart_steps: 10\ndeepspeed: z.json", "relora"),
    (SFT, "", "relora: true\njagged_restart_steps: 10\nfsdp_version: 2\nfsdp_config: {offload_params: true}", "relora"),
    (SFT, "", "fsdp_config: {offload_params: false}\noptimizer: muon", "optimizer"),
    (SFT, "", "fsdp_config: {offload_params: false}\noptimizer: flash_adamw", "optimizer"),
    (SFT, "", "rl: dpo\nfsdp_version: 2\nfsdp_config: {offload_params: false}", "load_in_4bit"),
    (
        SFT,
        "",
        "context_parallel_size: 2\nattn_implementation: flash_attention_2\nsample_packing: true",
        "micro_batch_size",
    ),
    (SFT, "", "rl: kto\nremove_unused_columns: false\neval_sample_packing: true", "eval_sample_packing"),
    (SFT, "", "rl: ebft", "rl"),
    (SFT, "", "rl: ebft\nebft: {mode: strided}\ntorch_compile: true", "torch_compile"),
    (SFT, "", "rl: dpo\ndpo_loss_type: [sigmoid, ipo]\ndpo_loss_weights: [1.0]", "dpo_loss_weights"),
    (SFT, "", "do_bench_eval: true\neval_steps:", "do_bench_eval"),
    (SFT, "", "streaming: true\nmax_steps: 5", "val_set_size"),
    (SFT, "", "batch_size: 8\nmicro_batch_size:\ngradient_accumulation_steps:", "batch_size"),
    (SFT, "", "context_parallel_size: 2\nattn_implementation: sdpa", "context_parallel_size"),
    (SFT, "", "adapter: lroa\nload_in_4bit: false", "adapter"),
    (DPO, "", "sample_packing: true", "sample_packing"),
    (DPO, "rl: dpo", "rl: dppo", "rl"),
    (DPO, "rl: dpo", "rl: kto", "rl"),
    (DPO, "rl: dpo", "rl: simpo\nwarmup_ratio: 0.1", "warmup_ratio"),
    (DPO, "rl: dpo", "rl: orpo\ndpo_loss_type: [sigmoid]", "dpo_loss_type"),
    (DPO, "", "dpo_loss_weights: [1.0]", "dpo_loss_weights"),
    (SHARDED, "adamw_torch_fused", "adamw_bnb_8bit", "optimizer"),
    (SHARDED, "", "  cpu_ram_efficient_loading: true\nload_in_4bit: true\nadapter: qlora", "load_in_4bit"),
    (FIRST_FSDP, "offload_params: false", "offload_params: true", "optimizer"),
    (SHARDED, "", "deepspeed: zero2.json", "fsdp_config"),
    (GRPO, "num_generations: 4", "num_generations: 3", "trl.num_generations"),
    (GRPO, "num_generations: 4", "num_generations: 1", "trl.num_generations"),
    (STREAMED, "max_steps: 100\n", "", "streaming"),
    (STREAMED, "", "val_set_size: 0.1", "val_set_size"),
    (STREAMED, "", "dataset_exact_deduplication: true", "dataset_exact_deduplication"),
    (STREAMED, "pretraining_dataset: [{path: pages, type: pretrain}]\n", "", "datasets"),
]


def planted(base: str, old: str, new: str) -> str:
    """The base with one fault; a line that is set twice keeps the later value."""
    if old:
        assert old in base
        return base.replace(old, new, 1)
    kept = [
        line
        for line in base.splitlines()
        if line.partition(":")[0] not in {n.partition(":")[0] for n in new.splitlines()}
    ]
    return "\n".join([*kept, *new.splitlines()]) + "\n"


def error_keys(text: str) -> list[str]:
    return [fault.key for fault in find_faults(text, file="c.yml") if not fault.kind.startswith("warning_")]


@pytest.mark.parametrize("base", BASES.values(), ids=BASES)
def test_the_bases_have_no_fault(base: str) -> None:
    assert find_faults(base, file="c.yml") == []


@pytest.mark.parametrize(("base", "key", "wrong"), MISSPELT, ids=[wrong for _, _, wrong in MISSPELT])
def test_a_misspelt_key_is_an_error_on_its_line(base: str, key: str, wrong: str) -> None:
    text = planted(base, key, wrong)
    key, wrong = key.rstrip(":"), wrong.rstrip(":")
    line = next(number for number, row in enumerate(text.splitlines(), start=1) if wrong in row)
    found = [fault for fault in find_faults(text, file="c.yml") if fault.key.rpartition(".")[2] == wrong]
    assert [(fault.kind, fault.line) for fault in found] == [("unknown_key", line)]
    assert f"did you mean `{key}`?" in found[0].suggestion


@pytest.mark.parametrize(
    ("base", "old", "new", "key"),
    AT_ODDS,
    ids=[(new or f"no {old}").strip().replace("\n", ", ") for _, old, new, _ in AT_ODDS],
)
def test_a_fault_across_keys_is_an_error_at_its_key(base: str, old: str, new: str, key: str) -> None:
    assert key in error_keys(planted(base, old, new))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("gptq_groupsize: 128", ("warning_removed_key", "`gptq_groupsize` does nothing: ")),
        ("debug: true", ("warning_removed_key", "give `--debug` to `axolotl preprocess`")),
        ("flash_attn_fuse_qkv: true", ("warning_removed_key", "`flash_attn_fuse_qkv` does nothing: ")),
        ("relora_steps: 100", ("warning_removed_key", "use `relora: true` and `jagged_restart_steps`")),
        ("fsdp_config: {fsdp_sharding_strategy: FULL_SHARD}", ("warning_removed_key", "use `reshard_after_forward`")),
        ("fsdp_config: {limit_all_gathers: true}", ("warning_removed_key", "`fsdp_config.limit_all_gathers`")),
        ("liger_rms_norm: true", ("warning_plugin_key", "axolotl.integrations.liger.LigerPlugin")),
        ("generation_steps: 128", ("warning_unknown_key", "it does nothing")),
        ("experiment_notes: second try", ("warning_unknown_key", "it does nothing")),
        ("num_train_epochs: 2", ("warning_unknown_key", "did you mean `num_epochs`?")),
    ],
)
def test_what_is_ignored_is_told_apart_from_a_slip(text: str, wanted: tuple[str, str]) -> None:
    (fault,) = find_faults(f"{SFT}{text}\n", file="c.yml")
    assert fault.kind == wanted[0]
    assert wanted[1] in str(fault)


def test_a_removed_key_of_a_dataset_is_no_slip_either() -> None:
    (fault,) = find_faults(SFT.replace("    ds_type: json", "    train_on_split: train"), file="c.yml")
    assert (fault.kind, fault.line) == ("warning_removed_key", 4)


@pytest.mark.parametrize(
    "more",
    [
        "early_stopping_patience: 2",
        "save_strategy: best\nsave_steps:\nmetric_for_best_model: eval_loss",
        "sample_packing: true\neval_sample_packing: false\neval_table_size: 5",
        "attn_implementation: kernels-community/flash-attn3",
        "activation_offloading: true",
        "torch_compile: auto\ntorch_compile_options: {epilogue_fusion: true}",
        "lora_mlp_kernel: false\ntrust_remote_code: true",
        "batch_size:\nwarmup_ratio: 0",
        "dataset_exact_deduplication: true",
        "deepspeed: zero2.json\nfsdp_config:",
        "optimizer: muon",
        "optimizer: adamw_8bit\ntensor_parallel_size: 2",
    ],
)
def test_what_goes_together_has_no_error(more: str) -> None:
    assert error_keys(planted(SFT, "", more)) == []


@pytest.mark.real
@pytest.mark.parametrize("base", BASES.values(), ids=BASES)
def test_axolotl_takes_the_bases(axolotl_environment: Environment, base: str) -> None:
    assert ask_backend(base, file="c.yml", environment=axolotl_environment, known=[]) == []


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("pad_to_seq_len", "pad_to_sequence_len"),
        ("adam_eps", "adam_epsilon"),
        ("wandb_run_name", "wandb_name"),
        ("lora_rank", "lora_r"),
        ("generation_steps", ""),
        ("torch_dtype", ""),
        ("tags", ""),
    ],
)
def test_a_shared_beginning_is_no_resemblance(key: str, name: str) -> None:
    assert nearest_key(key, schema_of({}).document["properties"]) == name


@pytest.mark.parametrize(
    ("one", "other", "count"), [("", "ab", 2), ("lora", "lora", 0), ("alhpa", "alpha", 1), ("steps", "top", 3)]
)
def test_slips_are_counted(one: str, other: str, count: int) -> None:
    assert slips(one, other) == slips(other, one) == count


def test_many_unknown_keys_cost_little() -> None:
    text = SFT + "".join(f"my_own_setting_number_{index}: 1\n" for index in range(15))
    find_faults(text, file="c.yml")
    began = time.process_time()
    find_faults(text, file="c.yml")
    assert time.process_time() - began < 0.05


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("lora_r: 16", "lora_r: 0", "lora_r"),
        ("lora_alpha: 32", "lora_alpha: -1", "lora_alpha"),
        ("lora_dropout: 0.05", "lora_dropout: 2", "lora_dropout"),
        ("micro_batch_size: 2", "micro_batch_size: 0", "micro_batch_size"),
        ("gradient_accumulation_steps: 4", "gradient_accumulation_steps: '0'", "gradient_accumulation_steps"),
        ("sequence_len: 2048", "sequence_len: -5", "sequence_len"),
        ("learning_rate: 2e-4", "learning_rate: -2e-4", "learning_rate"),
        ("learning_rate: 2e-4", "learning_rate: 0", "learning_rate"),
        ("num_epochs: 2", "num_epochs: -1", "num_epochs"),
        ("val_set_size: 0.1", "val_set_size: -2", "val_set_size"),
        ("warmup_steps: 10", "warmup_ratio: 1.5", "warmup_ratio"),
        ("bf16: auto", "bf16: true\nfp16: true", "fp16"),
    ],
)
def test_a_number_that_no_training_can_use_is_an_error(old: str, new: str, key: str) -> None:
    assert key in error_keys(planted(SFT, old, new))


@pytest.mark.parametrize("text", ["bf16: auto\nfp16: true", "num_epochs: 0", "val_set_size: 200", "warmup_ratio: 1"])
def test_what_is_odd_but_can_be_used_is_none(text: str) -> None:
    key = text.partition(":")[0]
    kept = "".join(line for line in SFT.splitlines(True) if not line.startswith((f"{key}:", "warmup_")))
    assert error_keys(f"{kept}{text}\n") == []


def test_four_bits_do_nothing_without_qlora() -> None:
    (fault,) = find_faults(SFT.replace("adapter: qlora", "adapter: lora"), file="c.yml")
    assert (fault.kind, fault.key) == ("warning_unused", "load_in_4bit")
    assert "use `adapter: qlora`" in str(fault)
