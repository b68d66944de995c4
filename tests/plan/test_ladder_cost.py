"""Seconds and dollars of the whole ladder before it is climbed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper.plan.dimensions import Dimensions
from wrapper.plan.ladder_cost import (
    AnswerSpeed,
    Arm,
    arm_seconds,
    ladder_cost,
    longer_prompt,
    speed_on_cpu,
    speed_on_gpu,
)
from wrapper.plan.plan import Range
from wrapper.plan.serving import Hosted
from wrapper.presets.gpu import load_gpu_preset
from wrapper.presets.load import load_model_preset
from wrapper.presets.serving import Spread, load_cpu_speed, load_engine

SPEED = AnswerSpeed(
    prefill_tokens_per_second=1000.0,
    decode_tokens_per_second=100.0,
    startup_seconds=10.0,
    spread=Spread(low=0.5, high=2.0),
    basis="measured",
    detail="by hand",
)
BASE = Arm(name="base", rows=100, prompt_tokens=50, answer_tokens=10)


def test_rung_by_rung():
    found = ladder_cost(
        before=[BASE, replace(BASE, name="few_shot", prompt_tokens=longer_prompt(50, examples=5, example_tokens=30))],
        after=[replace(BASE, name="tuned")],
        prompt_search=Arm(name="prompt search", rows=4 * 40, prompt_tokens=50, answer_tokens=10),
        training=Range(low=100, likely=200, high=400),
        smoke=Range(low=10, likely=20, high=40),
        starts=2,
        speed=SPEED,
        usd_per_hour=3.6,
    )
    assert [(rung.name, rung.seconds.likely) for rung in found.rungs] == [
        ("start-ups", 20.0),
        ("prompt search", pytest.approx(24.0)),
        ("base", pytest.approx(15.0)),
        ("few_shot", pytest.approx(30.0)),
        ("smoke run", 20),
        ("training", 200),
        ("tuned", pytest.approx(15.0)),
    ]
    assert found.seconds.likely == pytest.approx(324)
    assert found.usd.likely == pytest.approx(0.324)
    assert found.seconds.low == pytest.approx(104 * 0.5 + 110)
    assert found.seconds.high == pytest.approx(104 * 2 + 440)


def test_choices_are_read_and_not_written():
    labels = replace(BASE, choices=20, answer_tokens=2)
    assert arm_seconds(labels, SPEED) == pytest.approx(100 * (50 + 40) / 1000)


def test_an_arm_without_a_model_takes_nothing():
    assert arm_seconds(replace(BASE, prompt_tokens=0, answer_tokens=0), SPEED) == 0


def test_a_processor_is_what_was_measured():
    cpu = load_cpu_speed()
    found = speed_on_cpu(cpu.parameters, threads=2, bf16=True, cpu=cpu)
    assert (found.prefill_tokens_per_second, found.basis) == (760, "measured")
    assert speed_on_cpu(cpu.parameters, threads=2, bf16=False, cpu=cpu).prefill_tokens_per_second == 400


def test_other_models_and_processors_are_scaled():
    cpu = load_cpu_speed()
    twice = speed_on_cpu(2 * cpu.parameters, threads=8, bf16=True, cpu=cpu)
    assert twice.prefill_tokens_per_second == pytest.approx(760 * 2)
    assert twice.basis == "extrapolated"
    assert twice.spread.high > speed_on_cpu(cpu.parameters, threads=2, bf16=True, cpu=cpu).spread.high


def test_the_measured_model_is_the_preset():
    cpu = load_cpu_speed()
    assert cpu.parameters == load_model_preset(cpu.model).parameters


def test_a_gpu_evaluates_many_rows_at_once():
    hosted = Hosted(
        dimensions=Dimensions.of_preset(load_model_preset("qwen2.5-1.5b")),
        precision="bf16",
        gpu=load_gpu_preset("rtx-4090"),
        engine=load_engine("transformers"),
    )
    one, many = (speed_on_gpu(hosted, prompt_tokens=200, answer_tokens=50, rows_at_once=rows) for rows in (1, 64))
    assert one.decode_tokens_per_second == pytest.approx(41.5, rel=0.05)  # bound by the launches of 28 layers
    assert many.decode_tokens_per_second > 20 * one.decode_tokens_per_second
    assert many.prefill_tokens_per_second == one.prefill_tokens_per_second > 10_000


counts = st.integers(1, 5000)


@given(counts, counts, counts, counts)
def test_more_of_anything_takes_longer(rows, prompt, answer, more):
    arm = Arm(name="base", rows=rows, prompt_tokens=prompt, answer_tokens=answer)
    for larger in (
        replace(arm, rows=rows + more),
        replace(arm, prompt_tokens=prompt + more),
        replace(arm, answer_tokens=answer + more),
    ):
        assert arm_seconds(larger, SPEED) > arm_seconds(arm, SPEED)


@given(st.lists(counts, min_size=1, max_size=6))
def test_the_sum_is_that_of_the_rungs(rows):
    found = ladder_cost(
        before=[replace(BASE, name=f"arm {place}", rows=many) for place, many in enumerate(rows)],
        speed=SPEED,
        usd_per_hour=1.0,
    )
    assert found.usd.high == pytest.approx(sum(rung.usd.high for rung in found.rungs))
    assert found.seconds.low <= found.seconds.likely <= found.seconds.high
