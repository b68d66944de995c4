"""Plans to render, as the pipeline gives them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from wrapper.backends.protocol import TrainingPlan
from wrapper.spec.fields import Parallel

CPU_QLORA = TrainingPlan(
    model_path=Path("/models/tiny"),
    method="qlora",
    accelerator="cpu",
    precision="bf16",
    attention="sdpa",
    sequence_tokens=192,
    micro_batch_size=8,
    gradient_accumulation_steps=1,
    steps=64,
    learning_rate=1e-05,
    lr_scheduler="cosine",
    warmup_steps=3,
    weight_decay=0.0,
    optimizer="adamw_torch",
    lora_r=16,
    lora_alpha=32,
    lora_dropout=0.0,
    lora_variant="standard",
    objective="chat",
    kernels=(),
    parallel=Parallel(),
    gradient_checkpointing=False,
    sample_packing=False,
    end_of_turn="<|im_end|>",
    eval_steps=16,
    save_steps=16,
    early_stopping_patience=2,
    seed=7,
    train_file=Path("/project/rows/train.jsonl"),
    validation_file=Path("/project/rows/validation.jsonl"),
    prepared_dir=Path("/project/prepared"),
    output_dir=Path("/project/adapter"),
    resume_from=None,
    events_file=Path("/project/events.jsonl"),
    stop_file=Path("/project/stop"),
    max_seconds=3600.5,
    threads=2,
)
CUDA_LORA = replace(
    CPU_QLORA,
    method="lora",
    accelerator="cuda",
    attention="flash_attention_2",
    optimizer="adamw_torch_fused",
    gradient_checkpointing=True,
    gradient_accumulation_steps=4,
    max_seconds=None,
)
CUDA_FULL = replace(CUDA_LORA, method="full", precision="fp16", validation_file=None, eval_steps=None)


@pytest.fixture
def cpu_qlora() -> TrainingPlan:
    return CPU_QLORA


@pytest.fixture
def cuda_lora() -> TrainingPlan:
    return CUDA_LORA


@pytest.fixture
def cuda_full() -> TrainingPlan:
    return CUDA_FULL


@pytest.fixture(params=[CPU_QLORA, CUDA_LORA, CUDA_FULL], ids=["cpu-qlora", "cuda-lora", "cuda-full"])
def plan(request: pytest.FixtureRequest) -> TrainingPlan:
    """Each of the three."""
    found: TrainingPlan = request.param
    return found
