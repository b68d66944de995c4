"""LoRA variants, 8 bits, raw text, kernels and several GPUs: rendered, and accepted by Axolotl's own validator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from wrapper.backends import axolotl, trl, unsloth
from wrapper.backends.axolotl_validation import find_faults
from wrapper.backends.protocol import TrainingPlan
from wrapper.spec.fields import Parallel

# what is changed in a plan of LoRA on one GPU, and some of what must stand in the config
VARIANTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "rsLoRA": ({"lora_variant": "rslora"}, {"peft_use_rslora": True}),
    "DoRA": ({"lora_variant": "dora"}, {"peft_use_dora": True, "lora_mlp_kernel": False}),
    "8 bits": ({"method": "lora_8bit"}, {"adapter": "lora", "load_in_8bit": True}),
    "raw text": ({"objective": "text"}, {"datasets[0].type": "completion", "datasets[0].field": "text"}),
    "packing": ({"sample_packing": True}, {"sample_packing": True, "pad_to_sequence_len": True}),
    "liger": (
        {"kernels": ("liger",)},
        {"liger_rope": True, "liger_fused_linear_cross_entropy": True, "lora_qkv_kernel": False},
    ),
    "cut cross-entropy": ({"kernels": ("cut_cross_entropy",)}, {"cut_cross_entropy": True}),
    "both kernels": ({"kernels": ("liger", "cut_cross_entropy")}, {"cut_cross_entropy": True, "liger_rms_norm": True}),
    "data parallel": ({"parallel": Parallel(gpus=4)}, {}),
    "ZeRO-2": ({"parallel": Parallel(gpus=4, sharding="zero2")}, {"deepspeed.zero_optimization.stage": 2}),
    "ZeRO-3, full": (
        {"method": "full", "parallel": Parallel(gpus=8, sharding="zero3")},
        {"deepspeed.zero_optimization.stage": 3, "deepspeed.bf16.enabled": True},
    ),
    "FSDP2": (
        {"parallel": Parallel(gpus=4, sharding="fsdp2"), "optimizer": "adamw_torch_fused"},
        {"fsdp_version": 2, "fsdp_config.reshard_after_forward": True, "lora_mlp_kernel": False},
    ),
    "FSDP2, QLoRA": (
        {"method": "qlora", "parallel": Parallel(gpus=2, sharding="fsdp2"), "optimizer": "adamw_torch_fused"},
        {"load_in_4bit": True, "fsdp_version": 2},
    ),
    "two machines": (
        {"parallel": Parallel(gpus=8, nodes=2, sharding="zero3", rendezvous="10.0.0.1:29500")},
        {"deepspeed.zero_optimization.stage": 3},
    ),
    "context parallel": ({"parallel": Parallel(gpus=4, context_parallel=2)}, {"context_parallel_size": 2}),
    "Ray": ({"parallel": Parallel(gpus=4, launcher="ray")}, {"use_ray": True, "ray_num_workers": 4}),
}
EVERY = pytest.mark.parametrize("name", VARIANTS)


def variant(name: str, plan: TrainingPlan) -> TrainingPlan:
    return replace(plan, events_file=None, stop_file=None, **VARIANTS[name][0])


def at(config: Any, path: str) -> Any:
    """A value by its path, such as `datasets[0].type`."""
    for step in path.replace("[", ".[").split("."):
        config = config[int(step[1:-1])] if step.startswith("[") else config[step]
    return config


@EVERY
def test_axolotl_is_told(name: str, cuda_lora: TrainingPlan) -> None:
    rendered = axolotl.render(variant(name, cuda_lora))
    config = yaml.safe_load(rendered.text)
    for path, value in VARIANTS[name][1].items():
        assert at(config, path) == value, path
    errors = [fault for fault in find_faults(rendered.text, file="a.yaml") if not fault.kind.startswith("warning")]
    assert errors == []


@pytest.mark.real
def test_axolotls_own_validator_accepts_all_of_them(cuda_lora: TrainingPlan, axolotls_messages) -> None:
    configs = {
        name: (axolotl.render(variant(name, cuda_lora)).text, VARIANTS[name][0].get("parallel", Parallel()).world_size)
        for name in VARIANTS
    }
    assert axolotls_messages(configs) == {}


@pytest.mark.parametrize("name", ["rsLoRA", "DoRA", "8 bits", "raw text", "packing"])
def test_the_scripts_are_told_too(name: str, cuda_lora: TrainingPlan) -> None:
    plan = variant(name, cuda_lora)
    wanted = {"rsLoRA": "use_rslora=True", "DoRA": "use_dora=True", "8 bits": "load_in_8bit=True",
              "raw text": 'row["text"]', "packing": "packing=True"}[name]  # fmt: skip
    for backend in (trl, unsloth):
        text = backend.render(plan).text
        assert wanted in text
        assert backend.validate(text, file="train.py") == []
        assert ("train_on_responses_only" in text) == (backend is unsloth and name != "raw text")
    export = unsloth.export(plan)
    assert unsloth.validate(export.text, file="u.yaml") == []


def test_one_gpu_needs_no_launcher_and_ray_brings_its_own(cuda_lora: TrainingPlan) -> None:
    for parallel in (Parallel(), Parallel(gpus=4, launcher="ray")):
        argv = axolotl.train_argv(Path("/p"), Path("/c"), replace(cuda_lora, parallel=parallel))
        assert argv[-2:] == ["--launcher", "python"]


def test_torchrun_starts_the_processes_of_a_machine(cuda_lora: TrainingPlan) -> None:
    argv = axolotl.train_argv(Path("/p"), Path("/c"), replace(cuda_lora, parallel=Parallel(gpus=4)))
    assert argv[5:] == ["--launcher", "torchrun", "--", "--nproc_per_node", "4", "--nnodes", "1"]
    several = Parallel(gpus=8, nodes=2, rendezvous="10.0.0.1:29500")
    argv = axolotl.train_argv(Path("/p"), Path("/c"), replace(cuda_lora, parallel=several))
    rendezvous = ["--rdzv_backend", "c10d", "--rdzv_endpoint", "10.0.0.1:29500", "--rdzv_id", "thriftune"]
    assert argv[8:] == ["--nproc_per_node", "8", "--nnodes", "2", *rendezvous]
