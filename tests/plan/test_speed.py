"""Speed from the nearest measured run."""

from __future__ import annotations

from dataclasses import replace as with_changes

import pytest
from msgspec.structs import replace

from wrapper.plan.dimensions import Dimensions
from wrapper.plan.machine import Machine
from wrapper.plan.memory import Load
from wrapper.plan.speed import speed_of
from wrapper.presets.gpu import load_gpu_preset
from wrapper.presets.load import load_model_preset
from wrapper.presets.measured import load_measured
from wrapper.presets.stacks import stack_of


@pytest.fixture
def load(smollm2):
    return Load(
        dimensions=smollm2,
        stack=stack_of("axolotl"),
        method="qlora",
        precision="bf16",
        optimizer="adamw_torch",
        lora_r=16,
        sequence_tokens=128,
        micro_batch_size=8,
        gradient_checkpointing=False,
    )


def speed(load, machine, rows, model_name="smollm2-135m"):
    return speed_of(load, machine, model_name=model_name, backend="axolotl", measured=rows)


def test_the_same_run_is_measured(load, machines, measured_row):
    found = speed(load, machines["laptop"], [measured_row])
    assert (found.basis, found.tokens_per_second, found.startup_seconds) == ("measured", 200.0, 25.0)


def test_twice_the_threads_are_extrapolated(load, machines, measured_row):
    found = speed(load, with_changes(machines["laptop"], threads=4), [measured_row])
    assert found.basis == "extrapolated"
    assert found.tokens_per_second == pytest.approx(400)


@pytest.mark.parametrize(
    "slower", [{"precision": "fp32"}, {"gradient_checkpointing": True}, {"method": "full"}]
)
def test_more_work_is_slower(load, machines, measured_row, slower):
    found = speed(with_changes(load, **slower), machines["laptop"], [measured_row])
    assert found.basis == "extrapolated"
    assert found.tokens_per_second < 200


def test_a_larger_model_is_slower_by_its_size(load, machines, measured_row):
    larger = with_changes(load, dimensions=with_changes(load.dimensions, layers=60))
    found = speed(larger, machines["laptop"], [measured_row], model_name="larger")
    ratio = load.dimensions.parameters / larger.dimensions.parameters
    assert found.tokens_per_second == pytest.approx(200 * ratio)


def test_the_nearest_row_counts(load, machines, measured_row):
    other = replace(measured_row, model="other", parameters=2 * 10**9, tokens_per_second=7.0)
    assert speed(load, machines["laptop"], [other, measured_row]).tokens_per_second == 200.0


def test_rows_of_another_kind_of_device_do_not(load, machines, measured_row):
    found = speed(load, machines["t4"], [measured_row])
    assert found.basis == "extrapolated"
    assert "no run on such a device" in found.detail


def test_a_small_model_on_a_gpu_waits_for_launches(load, machines, measured_row):
    fast = with_changes(machines["rtx-4090"], tflops=989.0)
    faster = with_changes(machines["rtx-4090"], tflops=9890.0)
    assert speed(load, fast, []).tokens_per_second == speed(load, faster, []).tokens_per_second


def test_bandwidth_counts_beside_arithmetic(load) -> None:
    dimensions = Dimensions.of_preset(load_model_preset("llama-3.1-8b"))
    long = with_changes(load, dimensions=dimensions, sequence_tokens=2048, gradient_checkpointing=True)
    rates = [
        speed(long, Machine.of_gpu(load_gpu_preset(name)), load_measured()).tokens_per_second
        for name in ("l4", "rtx-4090", "a100-80gb", "h100-sxm")
    ]
    assert rates == sorted(rates)
    assert rates[0] < 0.6 * rates[1] and rates[3] < 6 * rates[1]
