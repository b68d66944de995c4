"""What is planned before anything is spent, with the model at hand and without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from wrapper.errors import BadInput, EnvironmentFault
from wrapper.pipeline.planning import allowance, plan_of, price
from wrapper.pipeline.preparation import prepare_data
from wrapper.pipeline.task_prompt import labels_of, system_prompt_of
from wrapper.spec.fields import Budget


def test_a_plan_begins_no_project(write_spec, world) -> None:
    planned = plan_of(write_spec())
    assert (planned.plan.model_name, planned.plan.method, planned.plan.accelerator) == ("./model", "qlora", "cpu")
    assert not (world.folder / ".thriftune").exists()


def test_lengths_are_the_models_own(write_spec, world) -> None:
    own = plan_of(write_spec())
    assert own.plan.sequence_tokens >= 18  # 17 words and marks in the longest chat of this tokenizer
    assert own.max_answer_tokens == 3 + 0 + 8  # "apple answer 7" is three tokens
    assert plan_of(write_spec(task={"max_answer_tokens": 5})).max_answer_tokens == 5


def test_a_preset_that_is_not_fetched_is_planned_roughly(write_spec, world) -> None:
    planned = plan_of(write_spec(model={"base": None, "preset": "smollm2-135m"}))
    assert planned.plan.model_name == "smollm2-135m"
    assert planned.max_answer_tokens == 64


def test_a_hub_model_that_is_not_here_cannot_be_planned(write_spec, world) -> None:
    with pytest.raises(EnvironmentFault, match="org/name is not on this machine") as missing:
        plan_of(write_spec(model={"base": "org/name"}))
    assert "presets ls" in missing.value.hint


def test_what_was_spent_counts(write_spec, world, make_run) -> None:
    loaded = write_spec(budget={"max_gpu_hours": 1.0})
    assert plan_of(loaded).plan.objections == ()
    run = make_run(loaded)
    step = run.project.ledger.start_step(run.run_id, "training", "k", usd_per_hour=0)
    run.project.ledger.close_step(step, status="done", seconds=3599)
    assert "the budget leaves 0.0 minutes" in plan_of(loaded).plan.objections[0]


def test_prices() -> None:
    assert price(Budget(gpu="cpu")) == 0
    assert price(Budget(gpu="rtx-4090", usd_per_hour=0.5)) == 0.5
    assert price(Budget(gpu="rtx-4090")) > 0
    with pytest.raises(BadInput, match="no price is known"):
        price(Budget(gpu="t4"))
    left = allowance(Budget(gpu="cpu", usd_per_hour=2.0, max_usd=4.0)).seconds_left(1.0, 0.0)
    assert left == pytest.approx(1.5 * 3600)


def test_labels_and_instructions(write_spec, make_run, folder) -> None:
    rows = "".join(f'{{"input": "message {n}", "output": "{("b ", "a")[n % 2]}"}}\n' for n in range(120))
    (folder / "train.jsonl").write_text(rows)
    loaded = write_spec(task={"kind": "classification", "metric": "label", "prompt": ""})
    train = prepare_data(make_run(loaded)).train
    assert labels_of(loaded.spec, train) == ("a", "b")
    assert system_prompt_of(loaded.spec, train).endswith("labels only: a, b.")
    named = write_spec(task={"kind": "classification", "metric": "label", "labels": ["b", "a", "c"]})
    assert labels_of(named.spec, train) == ("b", "a", "c")
    assert system_prompt_of(named.spec, train) == "Answer."
    assert labels_of(write_spec().spec, train) == ()  # no classification, no labels


def test_a_model_whose_turns_end_otherwise_is_told_of(write_spec, world, folder: Path, tmp_path: Path) -> None:
    cached = tmp_path / "cache" / "models" / "meta-llama--Llama-3.2-1B-Instruct"
    cached.parent.mkdir(parents=True)
    (folder / "model").rename(cached)
    planned = plan_of(write_spec(model={"base": None, "preset": "llama-3.2-1b"}))
    assert planned.notes == (
        "the chat template of this copy of llama-3.2-1b ends a turn with `<|im_end|>`, where `<|eot_id|>` is known: "
        "is it the model that you mean?",
    )
