"""Devices, a small model and a spec to plan with."""

from __future__ import annotations

import pytest

from wrapper.plan.decide import decide
from wrapper.plan.dimensions import Dimensions
from wrapper.plan.machine import Machine
from wrapper.plan.plan import Plan
from wrapper.presets.load import load_model_preset
from wrapper.presets.measured import Measured
from wrapper.presets.stacks import stack_of
from wrapper.spec.fields import Budget, Data, Model, Overrides, Spec, Task, Training

SMOLLM2_CONFIG = {  # config.json of HuggingFaceTB/SmolLM2-135M-Instruct, what bears on its size
    "model_type": "llama",
    "attention_bias": False,
    "head_dim": 64,
    "hidden_size": 576,
    "intermediate_size": 1536,
    "max_position_embeddings": 8192,
    "num_attention_heads": 9,
    "num_hidden_layers": 30,
    "num_key_value_heads": 3,
    "tie_word_embeddings": True,
    "vocab_size": 49152,
}
LAPTOP = Machine(
    accelerator="cpu", name="EPYC", memory_gib=15.6, threads=2, bf16=True, compute_capability=None
)
RTX_4090 = Machine(
    accelerator="cuda",
    name="NVIDIA GeForce RTX 4090",
    memory_gib=23.5,
    threads=8,
    bf16=True,
    compute_capability=8.9,
    tflops=165.2,
)
T4 = Machine(
    accelerator="cuda", name="Tesla T4", memory_gib=14.6, threads=2, bf16=False, compute_capability=7.5
)
MEASURED = Measured(
    model="smollm2-135m",
    parameters=134_515_008,
    method="qlora",
    backend="axolotl",
    accelerator="cpu",
    machine="a laptop",
    threads=2,
    precision="bf16",
    gradient_checkpointing=False,
    tflops=None,
    sequence_tokens=128,
    micro_batch=8,
    tokens_per_second=200.0,
    startup_seconds=25.0,
    peak_gib=3.9,
    runtime_gib=1.5,
    source="by hand",
    date="2026-11-24",
)


def spec_with(method="qlora", budget: Budget | None = None, **changes) -> Spec:
    """`changes` are keys of `training`, or of its `overrides`."""
    training = {key: value for key, value in changes.items() if key in Training.__struct_fields__}
    overrides = {key: value for key, value in changes.items() if key not in training}
    return Spec(
        version=1,
        task=Task(name="t", kind="qa", metric="exact_match", target=0.5),
        data=Data(train="train.jsonl"),
        model=Model(preset="smollm2-135m"),
        training=Training(method=method, overrides=Overrides(**overrides), **training),
        budget=budget or Budget(usd_per_hour=0.1),
    )


@pytest.fixture
def smollm2() -> Dimensions:
    return Dimensions.from_config(SMOLLM2_CONFIG)


@pytest.fixture
def plan_with(smollm2):
    """Plans SmolLM2-135M on a laptop with 700 rows, unless told otherwise."""

    def make(spec: Spec | None = None, **changes) -> Plan:
        arguments = {
            "spec": spec or spec_with(),
            "dimensions": smollm2,
            "preset": load_model_preset("smollm2-135m"),
            "stack": stack_of("axolotl"),
            "machine": LAPTOP,
            "train_row_tokens": [116] * 699 + [170],
            "validation_row_tokens": [116] * 40,
            "measured": [MEASURED],
        }
        return decide(**(arguments | changes))

    return make


@pytest.fixture
def machines() -> dict[str, Machine]:
    return {"laptop": LAPTOP, "rtx-4090": RTX_4090, "t4": T4}


@pytest.fixture
def make_spec():
    return spec_with


@pytest.fixture
def measured_row() -> Measured:
    return MEASURED


@pytest.fixture
def smollm2_config() -> dict[str, object]:
    return dict(SMOLLM2_CONFIG)
