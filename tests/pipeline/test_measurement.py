"""Arms are measured once for the same inputs, and anew for any input that their scores depend on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from wrapper.environments import Environment
from wrapper.errors import BackendFailed, BadInput
from wrapper.evaluation.arms import ArmSetting
from wrapper.evaluation.graders import get_grader
from wrapper.evaluation.session import EvaluationSetting
from wrapper.models import find_model
from wrapper.pipeline import measurement
from wrapper.pipeline.measurement import ModelArms, measure_classical
from wrapper.pipeline.preparation import prepare_data


@pytest.fixture
def make_arms(make_run, folder: Path, world):
    def make(**changes) -> ModelArms:
        run = make_run()
        model = find_model(run.loaded.spec.model, folder)
        assert model is not None
        environment = Environment(
            backend="trl", accelerator="cpu", folder=folder, python=folder / "python", lock_digest="lock"
        )
        setting = EvaluationSetting(
            model_path=model.path,
            adapter=None,
            device="cpu",
            dtype="bfloat16",
            threads=2,
            batch_size=16,
            max_answer_tokens=8,
            labels=(),
            arms=ArmSetting(system_prompt="Answer.", shots=4, seed=0, kind="qa"),
        )
        known = {
            "run": run,
            "prepared": prepare_data(run),
            "grader": get_grader("exact_match"),
            "labels": (),
            "model": model,
            "environment": environment,
            "setting": setting,
        }
        return ModelArms(**(known | changes))

    return make


def test_only_new_arms_are_run_and_the_order_is_the_callers(make_arms, world) -> None:
    assert [one.arm for one in make_arms().measure(["prompted"])] == ["prompted"]
    world.right["base"] = 1
    found = make_arms().measure(["base", "prompted"])
    assert [(one.arm, one.mean) for one in found] == [("base", 1 / 40), ("prompted", 2 / 40)]
    assert world.measured == ["prompted", "base"]


def test_seconds_are_billed_once(make_arms) -> None:
    arms = make_arms()
    arms.measure(["prompted"])
    steps = {step.name: step for step in arms.run.project.ledger.steps(arms.run.run_id)}
    assert steps["prompted"].seconds == 0 and steps["prompted"].status == "done"
    assert steps["evaluation"].seconds > 0


def test_the_bar_moves_with_the_workers_events(make_arms, told) -> None:
    make_arms().measure(["prompted"])
    assert told.bars == ["0/40 t", "3/40 t"]


def test_a_key_follows_what_the_scores_depend_on_and_not_the_speed(make_arms) -> None:
    arms = make_arms()
    setting = arms.setting
    key = arms.key("few_shot", "")

    def changed(**values: object) -> str:
        return replace(arms, setting=replace(setting, **values)).key("few_shot", "")

    assert changed(batch_size=1, threads=9, device="cuda") == key
    others = [
        changed(max_answer_tokens=9),
        changed(dtype="float32"),
        changed(arms=replace(setting.arms, shots=5)),
        changed(arms=replace(setting.arms, seed=1)),
        changed(arms=replace(setting.arms, system_prompt="other")),
        replace(arms, grader=get_grader("exact_match_lenient")).key("few_shot", ""),
        replace(arms, labels=("a", "b")).key("few_shot", ""),
        replace(arms, model=replace(arms.model, fingerprint="x")).key("few_shot", ""),
        replace(arms, environment=replace(arms.environment, lock_digest="x")).key("few_shot", ""),
        replace(arms, prepared=replace(arms.prepared, digest="x")).key("few_shot", ""),
        arms.key("few_shot", "adapter"),
        arms.key("tuned", ""),
    ]
    assert len({key, *others}) == len(others) + 1
    fewer = replace(arms, setting=replace(setting, arms=replace(setting.arms, shots=5)))
    assert fewer.key("prompted", "") == arms.key("prompted", "")  # shows no examples


def test_a_worker_that_fails_leaves_no_scores_and_is_billed(make_arms, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise BackendFailed("no")

    arms = make_arms()
    monkeypatch.setattr(measurement, "measure_arms", fail)
    with pytest.raises(BackendFailed):
        arms.measure(["prompted"])
    steps = arms.run.project.ledger.steps(arms.run.run_id)
    assert [(step.name, step.status) for step in steps if step.name != "data"] == [("evaluation", "failed")]


def test_scores_that_were_damaged_say_which_file_to_remove(make_arms) -> None:
    arms = make_arms()
    arms.measure(["prompted"])
    file = arms.run.folder / "scores" / "prompted.json"
    file.write_bytes(file.read_bytes()[:50])
    with pytest.raises(BadInput, match=r"prompted\.json cannot be read") as refused:
        arms.measure(["prompted"])
    assert "remove that file" in refused.value.hint


def test_the_classical_rung_is_measured_once_for_the_same_rows_and_labels(make_run, write_spec, world) -> None:
    def measure(loaded) -> None:
        run = make_run(loaded)
        found = measure_classical(run, prepare_data(run), get_grader("exact_match"))
        assert (found.arm, found.detail, found.mean) == ("classical", "nearest row", 0.1)

    measure(write_spec())
    measure(write_spec(task={"target": 0.5}))  # the target is no input of the scores
    assert world.measured == ["classical"]
    measure(write_spec(task={"metric": "exact_match_lenient"}))
    measure(write_spec(data={"seed": 3}))
    assert world.measured == ["classical"] * 3
