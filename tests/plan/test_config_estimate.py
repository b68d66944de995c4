"""What a step of a config takes on the GPUs that are known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wrapper.plan.config_estimate import as_document, describe_estimate, estimate_config
from wrapper.plan.config_shape import NotEstimated, Shape
from wrapper.plan.memory import Load, memory_of
from wrapper.presets.gpu import GpuPreset, Price
from wrapper.presets.stacks import stack_of

SHAPE = Shape(
    model="smollm2-135m",
    method="qlora",
    precision="auto",
    optimizer="adamw_8bit",
    lora_r=16,
    sequence_tokens=1024,
    micro_batch_size=8,
    gradient_accumulation_steps=2,
    gradient_checkpointing=True,
    steps=100,
)


def gpu(name: str, memory_gib: float, usd_per_hour: float | None, capability: float = 8.9) -> GpuPreset:
    price = Price(provider="p", tier="t", usd_per_hour=usd_per_hour or 1, source="by hand", date="2026-11-25")
    return GpuPreset(
        driver_names=(),
        version=1,
        name=name,
        memory_gib=memory_gib,
        bf16_tflops=100.0 if capability >= 8 else None,
        fp16_tflops=100.0,
        memory_bandwidth_gb_s=500.0,
        compute_capability=capability,
        prices=(price,) if usd_per_hour else (),
    )


GPUS = (gpu("old", 14.6, None, 7.5), gpu("big", 80, 2.0), gpu("mid", 24, 0.36), gpu("tiny", 4, 0.1))


def estimate(dimensions, shape=SHAPE, **changes):
    arguments = {"model_name": "smollm2-135m", "backend": "axolotl", "gpus": GPUS, "gpu": None, "measured": []}
    return estimate_config(shape, dimensions, **(arguments | changes))


def test_without_a_gpu_there_is_memory_and_what_it_fits(smollm2) -> None:
    found = estimate(smollm2)
    assert describe_estimate(found) == [
        "memory: about 7.0 GiB (5.9 to 8.4) on one GPU, all rows full",
        "fits, cheapest first: mid, big, old",
    ]
    assert found.seconds_per_step is found.usd_per_step is found.usd is None


def test_memory_is_what_the_plan_would_say(smollm2) -> None:
    load = Load(
        dimensions=smollm2,
        stack=stack_of("axolotl"),
        method="qlora",
        precision="bf16",
        optimizer="adamw_8bit",
        lora_r=16,
        sequence_tokens=1024,
        micro_batch_size=8,
        gradient_checkpointing=True,
        accumulates=True,
    )
    assert estimate(smollm2).memory_gib.likely == memory_of(load, runtime_gib=1.0).total_gib


def test_a_gpu_adds_seconds_and_dollars(smollm2) -> None:
    found = estimate(smollm2, gpu="mid")
    step = found.seconds_per_step
    assert found.usd_per_step.likely == pytest.approx(step.likely * 0.36 / 3600)
    assert found.usd.likely == pytest.approx((60 + 100 * step.likely) * 0.36 / 3600)
    assert describe_estimate(found) == [
        "memory: about 7.0 GiB (5.9 to 8.4) on one GPU, all rows full",
        "fits mid; fits, cheapest first: mid, big, old",
        f"a step: about {step.likely:.2f} s ({step.low:.2f} to {step.high:.2f}), ${found.usd_per_step.likely:.5f}; "
        f"all steps: ${found.usd.likely:.2f} ({found.usd.low:.2f} to {found.usd.high:.2f}); "
        "extrapolated from the device's arithmetic, as no run on such a device was measured",
    ]


def test_without_a_number_of_steps_or_a_price_nothing_is_summed(smollm2) -> None:
    assert estimate(smollm2, replace(SHAPE, steps=None), gpu="mid").usd is None
    old = estimate(smollm2, gpu="old")
    assert old.seconds_per_step is not None
    assert old.usd_per_step is old.usd is None


def test_a_gpu_that_is_too_small_is_told(smollm2) -> None:
    assert describe_estimate(estimate(smollm2, gpu="tiny"))[1].startswith("may not fit tiny; ")


def test_a_gpu_without_bf16_cannot_be_asked_for_it(smollm2) -> None:
    bf16 = replace(SHAPE, precision="bf16")
    assert "old" not in estimate(smollm2, bf16).fits
    with pytest.raises(NotEstimated, match="old does not compute in bf16"):
        estimate(smollm2, bf16, gpu="old")


@pytest.mark.parametrize("key", ["sequence_tokens", "micro_batch_size", "gradient_accumulation_steps", "lora_r"])
def test_a_step_of_nothing_is_not_estimated(smollm2, key: str) -> None:
    with pytest.raises(NotEstimated, match=f"no positive `{key}`"):
        estimate(smollm2, replace(SHAPE, **{key: 0}))


def test_the_document_is_plain(smollm2) -> None:
    document = as_document(estimate(smollm2, gpu="big"))
    assert list(document) == [
        "memory_gib",
        "memory_basis",
        "basis",
        "fits",
        "gpu",
        "seconds_per_step",
        "usd_per_step",
        "usd",
        "not_estimated",
    ]
    assert document["fits"] == ["mid", "big", "old"]
    assert set(document["memory_gib"]) == {"low", "likely", "high"}
