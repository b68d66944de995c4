"""A plan takes what a preset has for its backend and method, and says whose it is."""

from __future__ import annotations

import pytest

from wrapper.plan.machine import Machine
from wrapper.plan.numbers import numbers_of
from wrapper.presets.load import load_model_preset
from wrapper.spec.fields import Budget, Data, Model, Spec, Task, Training

GPU = Machine(
    accelerator="cuda", name="L4", memory_gib=22.0, threads=8, bf16=True, compute_capability=8.9, tflops=121.0
)


@pytest.mark.parametrize(
    ("name", "backend", "method", "taken", "reason"),
    [
        ("smollm2-135m", "axolotl", "qlora", (1e-3, 16, 32), "proven on smollm2-135m"),
        ("smollm2-135m", "trl", "lora_8bit", (1e-3, 16, 32), "proven on smollm2-135m"),
        ("qwen3-8b", "axolotl", "lora", (2e-4, 32, 64), "axolotl's own example for qwen3-8b"),
        ("gemma-3-4b", "unsloth", "qlora", (2e-4, 8, 8), "unsloth's own example for gemma-3-4b"),
        ("gemma-3-4b", "trl", "qlora", (2e-4, 16, 32), "usual for an adapter on 0.5B parameters and more"),
        ("gemma-3-4b", "axolotl", "lora", (2e-4, 16, 32), "usual for an adapter on 0.5B parameters and more"),
        ("smollm2-135m", "axolotl", "full", (2e-5, 16, 32), "usual where all weights are trained"),
    ],
)
def test_numbers(name, backend, method, taken, reason):
    preset = load_model_preset(name)
    spec = Spec(
        version=1,
        task=Task(name="t", kind="qa", metric="exact_match", target=0.5),
        data=Data(train="train.jsonl"),
        model=Model(preset=name),
        training=Training(backend=backend, method=method),
        budget=Budget(usd_per_hour=0.1),
    )
    numbers = numbers_of(spec, preset, GPU, preset.parameters)
    assert (numbers.learning_rate, numbers.lora_r, numbers.lora_alpha) == taken
    assert numbers.reasons["learning_rate"] == reason
