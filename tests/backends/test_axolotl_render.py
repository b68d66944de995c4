"""The Axolotl config of a plan: whole texts for a CPU, a GPU and full training, each read back."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from wrapper import __version__
from wrapper.backends import BACKENDS, axolotl, get_backend
from wrapper.backends.protocol import TrainingPlan
from wrapper.errors import ThriftuneError, UsageFault
from wrapper.resources import worker_dir

_TEXT = """\
# Made by thriftune {version} for Axolotl 0.19.0; every number was decided by the plan.
base_model: "/models/tiny"
adapter: qlora
load_in_4bit: true
lora_r: 16
lora_alpha: 32
lora_dropout: 0.0
lora_target_linear: true

datasets:
  - path: "/project/rows/train.jsonl"
    ds_type: json
    type: chat_template
    field_messages: messages
    message_property_mappings: {{role: role, content: content}}
    roles_to_train: [assistant]
    train_on_eos: turn
test_datasets:
  - path: "/project/rows/validation.jsonl"
    ds_type: json
    split: train
    type: chat_template
    field_messages: messages
    message_property_mappings: {{role: role, content: content}}
    roles_to_train: [assistant]
    train_on_eos: turn
chat_template: tokenizer_default
eot_tokens: ["<|im_end|>"]
shuffle_merged_datasets: false  # the trainer draws the rows in an order of its own
dataset_prepared_path: "/project/prepared"
dataset_num_proc: 1
dataloader_num_workers: 0
dataloader_pin_memory: false
sequence_len: 192
excess_length_strategy: raise
sample_packing: false
pad_to_sequence_len: false

output_dir: "/project/adapter"
max_steps: 64
micro_batch_size: 8
eval_batch_size: 8
gradient_accumulation_steps: 1
learning_rate: 1.0e-05
lr_scheduler: "cosine"
warmup_steps: 3
weight_decay: 0.0
optimizer: "adamw_torch"
seed: 7
gradient_checkpointing: false
logging_steps: 1
save_steps: 16
save_total_limit: 2
eval_steps: 16
load_best_model_at_end: true
early_stopping_patience: 2

bf16: false
fp16: false
tf32: false
attn_implementation: "sdpa"
lora_qkv_kernel: false
lora_o_kernel: false
lora_mlp_kernel: false

plugins:
  - axolotl_events.EventsPlugin
thriftune_events_file: "/project/events.jsonl"
thriftune_stop_file: "/project/stop"
thriftune_max_seconds: 3600.5
thriftune_threads: 2
thriftune_bf16: true
"""
_LORA_KEYS = ("adapter", "load_in_4bit", "lora_r", "lora_alpha", "lora_dropout", "lora_target_linear")


def read(plan: TrainingPlan) -> dict[str, object]:
    config = yaml.safe_load(axolotl.render(plan).text)
    assert isinstance(config, dict)
    return config


def difference(plan: TrainingPlan, cpu_qlora: TrainingPlan) -> dict[str, object]:
    """What a plan's config says otherwise than the CPU's; ABSENT for a key that it lacks."""
    ours, base = read(plan), read(cpu_qlora)
    return {
        key: ours.get(key, "ABSENT") for key in (*base, *ours) if ours.get(key, "ABSENT") != base.get(key, "ABSENT")
    }


def test_qlora_on_a_cpu_whole(cpu_qlora: TrainingPlan) -> None:
    rendered = axolotl.render(cpu_qlora)
    assert rendered.text == _TEXT.format(version=__version__)
    assert rendered.filename == "axolotl.yaml"
    assert rendered.digest == sha256(rendered.text.encode()).hexdigest()


def test_lora_on_a_gpu_says_otherwise_only(cuda_lora: TrainingPlan, cpu_qlora: TrainingPlan) -> None:
    assert difference(cuda_lora, cpu_qlora) == {
        "adapter": "lora",
        "load_in_4bit": "ABSENT",
        "dataloader_num_workers": "ABSENT",
        "dataloader_pin_memory": "ABSENT",
        "gradient_accumulation_steps": 4,
        "optimizer": "adamw_torch_fused",
        "gradient_checkpointing": True,
        "bf16": True,
        "tf32": True,
        "attn_implementation": "flash_attention_2",
        "lora_qkv_kernel": True,
        "lora_o_kernel": True,
        "lora_mlp_kernel": True,
        "thriftune_max_seconds": None,
        "thriftune_threads": "ABSENT",
        "thriftune_bf16": "ABSENT",
    }


def test_full_training_in_fp16_has_no_adapter_and_no_validation(
    cuda_full: TrainingPlan, cpu_qlora: TrainingPlan
) -> None:
    found = difference(cuda_full, cpu_qlora)
    for key in (*_LORA_KEYS, "test_datasets", "eval_steps"):
        assert found[key] == "ABSENT"
    assert (found["fp16"], read(cuda_full)["bf16"], read(cuda_full)["tf32"]) == (True, False, False)
    assert read(cuda_full)["lora_qkv_kernel"] is False


def test_lora_kernels_need_a_dropout_of_zero(cuda_lora: TrainingPlan) -> None:
    assert read(replace(cuda_lora, lora_dropout=0.05))["lora_mlp_kernel"] is False


def test_where_nobody_watches_a_gpu_needs_no_plugin(cpu_qlora: TrainingPlan, cuda_lora: TrainingPlan) -> None:
    own = replace(cuda_lora, events_file=None, stop_file=None)
    assert not any(key.startswith("thriftune") or key == "plugins" for key in read(own))
    on_a_cpu = read(replace(cpu_qlora, events_file=None, stop_file=None))
    assert on_a_cpu["plugins"] == ["axolotl_events.EventsPlugin"]  # it keeps a CPU from what fails there
    assert "thriftune_events_file" not in on_a_cpu


def test_odd_paths_stay_what_they_are(cpu_qlora: TrainingPlan) -> None:
    odd = Path('/tmp/a "b": #c/😀\n- d')
    config = read(replace(cpu_qlora, output_dir=odd, train_file=odd / "t.jsonl"))
    assert config["output_dir"] == str(odd)
    assert config["datasets"][0]["path"] == str(odd / "t.jsonl")  # type: ignore[index]


def test_a_config_that_says_otherwise_than_the_plan_is_a_fault_of_thriftune(
    monkeypatch: pytest.MonkeyPatch, cpu_qlora: TrainingPlan
) -> None:
    expected = axolotl._expected
    monkeypatch.setattr(axolotl, "_expected", lambda plan: {**expected(plan), "seed": 8, "max_steps": 65})
    with pytest.raises(ThriftuneError, match="what was planned: max_steps, seed") as fault:
        axolotl.render(cpu_qlora)
    assert fault.value.exit_code == 1


def test_commands(cpu_qlora: TrainingPlan) -> None:
    python, config = Path("/env/bin/python"), Path("/run/axolotl.yaml")
    train = ["/env/bin/python", "-m", "axolotl.cli.main", "train", "/run/axolotl.yaml", "--launcher", "python"]
    assert axolotl.train_argv(python, config, cpu_qlora) == train
    validator = axolotl.validator_argv(python, config)
    assert Path(validator[1]).is_file() and validator[2:] == ["/run/axolotl.yaml"]


def test_a_resumed_training_names_its_checkpoint(cpu_qlora: TrainingPlan) -> None:
    """Axolotl's own search takes the newest, also one that a kill left half written."""
    resumed = replace(cpu_qlora, resume_from=Path("/project/adapter/checkpoint-16"))
    config = yaml.safe_load(axolotl.render(resumed).text)
    assert config["resume_from_checkpoint"] == "/project/adapter/checkpoint-16"
    assert "resume_from_checkpoint" not in yaml.safe_load(axolotl.render(cpu_qlora).text)


def test_the_trainer_talks_to_nobody_and_finds_the_plugin(cpu_qlora: TrainingPlan, cuda_lora: TrainingPlan) -> None:
    cpu, cuda = axolotl.train_environment(cpu_qlora), axolotl.train_environment(cuda_lora)
    assert (cpu["OMP_NUM_THREADS"], "OMP_NUM_THREADS" in cuda) == ("2", False)
    assert (cpu["HF_HUB_OFFLINE"], cpu["AXOLOTL_DO_NOT_TRACK"], cpu["WANDB_DISABLED"]) == ("1", "1", "true")
    assert cpu["PYTHONPATH"] == str(worker_dir())
    assert (worker_dir() / "axolotl_events.py").is_file()


def test_the_registry() -> None:
    assert [get_backend(name).NAME for name in BACKENDS] == list(BACKENDS)
    with pytest.raises(UsageFault, match="no backend `unslot`") as refused:
        get_backend("unslot")
    assert refused.value.hint == "backends are: axolotl, unsloth, trl"
