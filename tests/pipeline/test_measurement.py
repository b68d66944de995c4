"""Arms are measured once for the same inputs, and anew for any input that their scores depend on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from wrapper.environments import Environment
from wrapper.errors import BackendFailed, BadInput, BudgetReached
from wrapper.evaluation.answers import Question
from wrapper.evaluation.arms import ArmSetting
from wrapper.evaluation.graders import get_grader
from wrapper.evaluation.local_engine import LocalEngine, LocalModel
from wrapper.evaluation.prompts import as_given
from wrapper.evaluation.scores import ArmScores
from wrapper.models import find_model
from wrapper.pipeline.measurement import ModelArms, load_scores, measure_classical
from wrapper.pipeline.preparation import prepare_data


@pytest.fixture
def make_arms(make_run, folder: Path, world):
    def make(loaded=None, **changes) -> ModelArms:
        run = make_run(loaded)
        model = find_model(run.loaded.spec.model, folder)
        assert model is not None
        environment = Environment(
            backend="trl", accelerator="cpu", folder=folder, python=folder / "python", lock_digest="lock"
        )
        known = {
            "run": run,
            "prepared": prepare_data(run),
            "grader": get_grader("exact_match"),
            "labels": (),
            "model": LocalModel(
                path=model.path, digest=model.fingerprint, device="cpu", dtype="bfloat16", threads=2, batch_size=None
            ),
            "environment": environment,
            "max_answer_tokens": 8,
            "prompts": ArmSetting(
                trained_prompt="Answer.", candidate=as_given("Answer."), shots=4, seed=0, kind="qa"
            ),
        }
        return ModelArms(**(known | changes))

    return make


def measured(arms: ModelArms, *names: str) -> list[ArmScores]:
    with arms.session() as session:
        return [scores for name in names for scores in session.measure(name)]


def test_only_new_answers_are_asked_for(make_arms, world) -> None:
    measured(make_arms(), "prompted")
    world.right["base"] = 1
    found = measured(make_arms(), "base", "prompted")
    assert [(one.arm, one.mean) for one in found] == [("base", 1 / 40), ("prompted", 2 / 40)]
    assert world.measured == ["prompted", "base"]


def test_seconds_are_billed_once_and_scores_are_kept_in_every_run(make_arms) -> None:
    first, second = make_arms(), make_arms()
    measured(first, "prompted")
    measured(second, "prompted")
    steps = {step.name: step for step in first.run.project.ledger.steps(first.run.run_id)}
    assert steps["prompted"].seconds == 0 and steps["prompted"].status == "done"
    assert steps["evaluation"].seconds > 0
    assert "evaluation" not in {step.name for step in second.run.project.ledger.steps(second.run.run_id)}
    for arms in (first, second):
        assert load_scores(arms.run.folder / "scores" / "prompted.json")[0].mean == 2 / 40


def test_the_bar_moves_with_the_answers(make_arms, told) -> None:
    measured(make_arms(), "prompted")
    assert told.bars[:2] == ["0/1 loading the model", "1/40 prompted generated"]
    assert told.bars[-1] == "40/40 prompted generated"


def test_a_key_follows_what_the_answer_depends_on_and_not_the_speed(make_arms) -> None:
    arms = make_arms()
    question = Question(turns=arms.prepared.test[0].prompt("Answer."), max_answer_tokens=8)

    def key(of: Question = question, *, tuned: bool = False, lock: str = "lock", **model: object) -> str:
        environment = replace(arms.environment, lock_digest=lock)
        engine = LocalEngine(replace(arms.model, **model), environment, arms.run.folder)
        return engine.key(of, tuned=tuned)

    assert key(batch_size=1, threads=9, device="cuda") == key()
    assert key(adapter_digest="a") == key()  # switched off
    others = [
        key(Question(turns=question.turns, max_answer_tokens=9)),
        key(Question(turns=question.turns[1:], max_answer_tokens=8)),
        key(Question(turns=question.turns, max_answer_tokens=8, choices=("a", "b"))),
        key(dtype="float32"),
        key(digest="x"),
        key(lock="x"),
        key(tuned=True, adapter_digest="a"),
        key(tuned=True, adapter_digest="b"),
    ]
    assert len({key(), *others}) == len(others) + 1


def test_a_worker_that_fails_leaves_no_scores_and_is_billed(make_arms, world) -> None:
    arms = make_arms()
    world.dies_at = "prompted"
    with pytest.raises(BackendFailed):
        measured(arms, "prompted")
    steps = arms.run.project.ledger.steps(arms.run.run_id)
    assert [(step.name, step.status) for step in steps if step.name != "data"] == [("evaluation", "failed")]


def test_an_evaluation_stops_at_the_budget_and_goes_on_after_it_was_raised(make_arms, write_spec, world) -> None:
    arms = make_arms(write_spec(budget={"max_gpu_hours": 1e-9}))
    with pytest.raises(BudgetReached, match="every answer so far is kept"):
        measured(arms, "prompted")
    known = arms.run.project.ledger.steps(arms.run.run_id)
    assert [step.status for step in known if step.name == "evaluation"] == ["stopped"]
    assert measured(make_arms(write_spec(budget={"max_gpu_hours": 1})), "prompted")[0].mean == 2 / 40


def test_scores_that_were_damaged_say_which_file_to_remove(make_run, write_spec, world) -> None:
    run = make_run(write_spec())
    prepared = prepare_data(run)
    measure_classical(run, prepared, get_grader("exact_match"))
    file = run.folder / "scores" / "classical.json"
    file.write_bytes(file.read_bytes()[:50])
    with pytest.raises(BadInput, match=r"classical\.json cannot be read") as refused:
        measure_classical(make_run(write_spec()), prepared, get_grader("exact_match"))
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
