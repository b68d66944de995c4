"""Decisions as a whole: the device, the preset, the overrides, the objections."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from wrapper.plan.plan import Plan
from wrapper.spec.fields import Budget, Overrides, Parallel

NOT_CHOSEN = {"model_name", "backend", "method", "accelerator", "estimate", "reasons", "objections"}
SAID_BY_THE_SPEC = {"lora_variant", "objective", "kernels", "parallel"}


def test_every_number_has_a_reason(plan_with):
    assert set(plan_with().reasons) == {field.name for field in fields(Plan)} - NOT_CHOSEN - SAID_BY_THE_SPEC


def test_a_laptop(plan_with):
    plan = plan_with()
    assert (plan.precision, plan.attention, plan.optimizer) == ("bf16", "sdpa", "adamw_torch")
    assert (plan.sequence_tokens, plan.micro_batch_size, plan.gradient_accumulation_steps) == (176, 8, 1)
    assert (plan.epochs, plan.steps, plan.eval_steps, plan.save_steps) == (1.0, 88, 22, 22)
    assert (plan.learning_rate, plan.lora_r, plan.lora_alpha) == (1e-3, 16, 32)
    assert (plan.threads, plan.warmup_steps, plan.gradient_checkpointing) == (2, 4, False)
    assert plan.objections == ()


def test_the_estimate_counts_tokens_evaluations_saves_and_the_start(plan_with):
    estimate = plan_with().estimate
    tokens = 699 * 116 + 170 + 4 * 40 * 116 * 0.5  # four evaluations
    assert estimate.seconds.likely == pytest.approx(25 + tokens / 200 + 4)
    assert estimate.usd.likely == pytest.approx(estimate.seconds.likely / 3600 * 0.1)
    assert (estimate.basis, estimate.seconds.low / estimate.seconds.likely) == ("measured", 0.8)


def test_a_given_price_counts_before_the_specs(plan_with):
    plan = plan_with(usd_per_hour=2.0)
    assert plan.estimate.usd.likely == pytest.approx(plan.estimate.seconds.likely / 1800)


@pytest.mark.parametrize(
    ("name", "precision", "optimizer"),
    [("rtx-4090", "bf16", "adamw_8bit"), ("t4", "fp16", "adamw_8bit")],
)
def test_gpus(plan_with, machines, name, precision, optimizer):
    plan = plan_with(machine=machines[name])
    assert (plan.precision, plan.optimizer, plan.attention) == (precision, optimizer, "sdpa")
    assert plan.estimate.basis == "extrapolated"


def test_a_processor_without_bf16(plan_with, machines):
    assert plan_with(machine=replace(machines["laptop"], bf16=False)).precision == "fp32"


def test_full_training_does_not_take_the_adapters_rate(plan_with, make_spec, machines):
    plan = plan_with(spec=make_spec(method="full"), machine=machines["rtx-4090"])
    assert (plan.learning_rate, plan.optimizer) == (2e-5, "paged_adamw_8bit")


@pytest.mark.parametrize(("layers", "rate"), [(30, 1e-3), (300, 2e-4)])
def test_rates_without_a_preset(plan_with, smollm2, layers, rate):
    assert plan_with(preset=None, dimensions=replace(smollm2, layers=layers)).learning_rate == rate


def test_overrides_are_all_kept(plan_with, make_spec):
    values = {
        "learning_rate": 3e-4,
        "max_steps": 10,
        "micro_batch_size": 2,
        "gradient_accumulation_steps": 3,
        "lora_r": 4,
        "lora_alpha": 5,
        "lora_dropout": 0.25,
        "warmup_steps": 7,
        "lr_scheduler": "cosine",
        "weight_decay": 0.5,
        "seed": 9,
    }
    assert set(values) | {"epochs", "sequence_len", "sample_packing"} == set(Overrides.__struct_fields__)
    plan = plan_with(spec=make_spec(**values, sequence_len=170))
    renamed = {"max_steps": "steps"}
    for key, value in values.items():
        assert getattr(plan, renamed.get(key, key)) == value
        assert plan.reasons[renamed.get(key, key)] == "set by you"
    assert (plan.sequence_tokens, plan.reasons["sequence_tokens"]) == (170, "set by you")


def test_little_memory_takes_smaller_micro_batches_of_the_same_step(plan_with, machines):
    plan = plan_with(machine=replace(machines["laptop"], memory_gib=3.2))
    assert plan.micro_batch_size < 8
    assert plan.micro_batch_size * plan.gradient_accumulation_steps == 8
    assert plan.steps == 88
    assert plan.objections == ()


def test_checkpointing_where_a_single_long_row_does_not_fit(plan_with, machines):
    machine = replace(machines["laptop"], memory_gib=11.0)
    plan = plan_with(train_row_tokens=[8000] * 100, machine=machine)
    assert (plan.gradient_checkpointing, plan.micro_batch_size) == (True, 1)
    assert plan.objections == ()


def test_objection_to_memory(plan_with, machines):
    plan = plan_with(machine=replace(machines["laptop"], memory_gib=1.0))
    assert len(plan.objections) == 1
    assert "and EPYC has 1.0" in plan.objections[0]


def test_objection_to_the_spend(plan_with, make_spec):
    spec = make_spec(budget=Budget(usd_per_hour=6.0, max_usd=0.1))
    plan = plan_with(spec=spec, seconds_left=60.0)
    assert plan.objections == (
        "training would take about 8.0 minutes, and the budget leaves 1.0 minutes ($0.8028 of $0.1000): "
        "raise the cap, use fewer rows, or set `training.overrides.max_steps`",
    )


def test_a_resumed_training_is_judged_by_what_is_left_of_it(plan_with):
    assert plan_with(seconds_left=300.0).objections != ()
    assert plan_with(seconds_left=300.0, share_left=0.5).objections == ()


def test_the_models_context_cannot_be_raised(plan_with):
    plan = plan_with(train_row_tokens=[100] * 99 + [9000])
    assert plan.objections[0].endswith("shorten the rows, or take a model with a longer context")


def test_no_objection_without_a_cap_or_within_it(plan_with):
    assert plan_with(seconds_left=None).objections == ()
    assert plan_with(seconds_left=3600.0).objections == ()


def test_objection_to_rows_that_would_vanish(plan_with, make_spec):
    plan = plan_with(spec=make_spec(sequence_len=120))
    assert plan.objections == (
        "1 training row is longer than 120 tokens and would be left out: shorten the rows, "
        "or raise `training.overrides.sequence_len`",
    )
    assert plan.steps == 88


def test_no_validation_rows(plan_with):
    assert plan_with(validation_row_tokens=[]).eval_steps is None


def test_two_thousand_rows_take_larger_steps(plan_with):
    plan = plan_with(train_row_tokens=[50] * 2000)
    assert (plan.micro_batch_size * plan.gradient_accumulation_steps, plan.steps) == (16, 125)


def test_several_gpus_share_the_rows_of_a_step_and_the_money(plan_with, make_spec, machines):
    one = plan_with(spec=make_spec(method="lora"), machine=machines["rtx-4090"])
    four = plan_with(
        spec=make_spec(method="lora", parallel=Parallel(gpus=4, sharding="zero3")), machine=machines["rtx-4090"]
    )
    assert one.micro_batch_size * one.gradient_accumulation_steps == 8
    assert four.micro_batch_size * four.gradient_accumulation_steps * 4 == 8
    assert four.steps == one.steps
    assert four.estimate.memory_gib.likely < one.estimate.memory_gib.likely
    assert four.estimate.basis == "extrapolated"


@pytest.mark.parametrize(
    ("changes", "objection"),
    [
        ({"kernels": ("liger",)}, "the kernel `liger` needs a GPU"),
        ({"sample_packing": True}, "sample packing needs a GPU"),
        ({"parallel": Parallel(gpus=2)}, "`parallel` needs a GPU"),
        ({"method": "lora_8bit", "backend": "unsloth"}, "Unsloth does not load 8-bit weights on a CPU"),
    ],
)
def test_what_a_cpu_cannot_do_is_an_objection(plan_with, make_spec, changes, objection):
    assert any(found.startswith(objection) for found in plan_with(spec=make_spec(**changes)).objections)


def test_flash_attention_needs_a_gpu_that_has_it(plan_with, make_spec, machines):
    spec = make_spec(method="lora", kernels=("flash_attention_2",))
    assert plan_with(spec=spec, machine=machines["rtx-4090"]).attention == "flash_attention_2"
    refused = plan_with(spec=spec, machine=machines["t4"])
    assert any("compute capability 8.0" in objection for objection in refused.objections)


def test_packed_rows_make_fewer_longer_sequences(plan_with, make_spec, machines):
    plan = plan_with(spec=make_spec(method="lora", sample_packing=True), machine=machines["rtx-4090"])
    assert (plan.sample_packing, plan.sequence_tokens) == (True, 2048)
    assert plan.steps < 64


def test_a_warm_up_that_outlasts_the_steps_is_an_objection(plan_with, make_spec):
    plan = plan_with(spec=make_spec(epochs=0.05, warmup_steps=1000))
    said = f"a warm-up of 1000 steps does not end within {plan.steps}"
    assert any(found.startswith(said) for found in plan.objections)
    assert plan_with(spec=make_spec(warmup_steps=10)).objections == ()
