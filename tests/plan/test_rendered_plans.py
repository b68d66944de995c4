"""What the plan itself decides renders, and passes Axolotl's checks: every method with every way to share GPUs."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from wrapper.backends import axolotl
from wrapper.backends.axolotl_validation import find_faults
from wrapper.plan.training import training_plan
from wrapper.spec.consistency import conflicts
from wrapper.spec.fields import Parallel

METHODS = ("qlora", "lora_8bit", "lora", "full")
PARALLELS = {
    "one GPU": Parallel(),
    "data parallel": Parallel(gpus=4),
    "ZeRO-2": Parallel(gpus=4, sharding="zero2"),
    "ZeRO-3": Parallel(gpus=4, sharding="zero3"),
    "FSDP2": Parallel(gpus=4, sharding="fsdp2"),
    "context parallel": Parallel(gpus=4, context_parallel=2),
    "context parallel, FSDP2": Parallel(gpus=4, context_parallel=2, sharding="fsdp2"),
    "two machines": Parallel(gpus=8, nodes=2, sharding="zero3", rendezvous="10.0.0.1:29500"),
    "Ray": Parallel(gpus=4, launcher="ray"),
}
KERNELS = ((), ("flash_attention_2",), ("liger",), ("cut_cross_entropy",), ("flash_attention_2", "liger"))
VARIANTS = ("standard", "dora")


@pytest.fixture
def decided(plan_with, make_spec, machines) -> dict[str, tuple[str, int]]:
    """Configs of every combination that a spec may ask for, and the GPUs that each is for."""
    found = {}
    for method, name, kernels, variant in product(METHODS, PARALLELS, KERNELS, VARIANTS):
        reason = {"reason": "to see"} if method == "full" else {}
        spec = make_spec(
            method=method, parallel=PARALLELS[name], kernels=kernels, lora_variant=variant, **reason
        )
        if any(not conflict.is_warning for conflict in conflicts(spec)):
            continue
        plan = training_plan(
            plan_with(spec=spec, machine=machines["rtx-4090"]),
            model_path=Path("/model"),
            train_file=Path("/rows/train.jsonl"),
            validation_file=Path("/rows/validation.jsonl"),
            work_dir=Path("/work"),
            end_of_turn="<|im_end|>",
            max_seconds=None,
        )
        found[f"{method}, {name}, {kernels}, {variant}"] = axolotl.render(plan).text, PARALLELS[name].world_size
    return found


def test_all_pass_our_own_checks(decided) -> None:
    refused = {
        name: [str(fault) for fault in find_faults(text, file="a.yaml") if not fault.kind.startswith("warning")]
        for name, (text, _) in decided.items()
    }
    assert {name: faults for name, faults in refused.items() if faults} == {}
    assert len(decided) > 150
    for method, name in product(METHODS, PARALLELS):
        assert any(key.startswith(f"{method}, {name}, ") for key in decided), (method, name)


@pytest.mark.real
def test_all_pass_axolotls_own_validator(decided, axolotls_messages) -> None:
    assert axolotls_messages(decided) == {}
