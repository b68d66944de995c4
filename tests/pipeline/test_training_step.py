"""What a training depends on, and what the user is told of one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from wrapper.backends import axolotl
from wrapper.environments import Environment
from wrapper.errors import BackendFailed, BudgetReached, Fault, ThriftuneError, UsageFault
from wrapper.ledger.records import StepRecord
from wrapper.models import find_model
from wrapper.pipeline import attempt, training
from wrapper.pipeline.attempt import Trainer, Workplace, progress_text
from wrapper.pipeline.planning import make_plan
from wrapper.pipeline.preparation import prepare_data
from wrapper.pipeline.training import Training
from wrapper.plan.machine import Machine
from wrapper.train.session import Progress, TrainOutcome

LAPTOP = Machine(accelerator="cpu", name="c", memory_gib=16, threads=2, bf16=True, compute_capability=None)


@pytest.fixture
def make_training(make_run, folder: Path, world):
    def make(**how) -> Training:
        run = make_run(**how)
        prepared, model = prepare_data(run), find_model(run.loaded.spec.model, folder)
        planned = make_plan(run.loaded.spec, prepared, LAPTOP, model, run.project.ledger.spent(), folder=folder)
        environment = Environment(
            backend="axolotl", accelerator="cpu", folder=folder, python=folder / "p", lock_digest="lock"
        )
        return Training(
            trainer=Trainer(run=run, model=model, environment=environment),
            prepared=prepared,
            plan=planned.plan,
            corpus=planned.corpus,
            system_prompt="Answer.",
        )

    return make


def test_the_key_follows_what_the_adapter_depends_on_and_not_the_price(make_training) -> None:
    one = make_training()
    plan, trainer = one.plan, one.trainer
    same = replace(plan, threads=9, save_steps=plan.save_steps + 1, objections=("dear",), reasons={})
    assert replace(one, plan=same).key == one.key
    assert make_training().key == one.key
    others = [
        replace(one, plan=replace(plan, steps=plan.steps + 1)).key,
        replace(one, plan=replace(plan, seed=99)).key,
        replace(one, system_prompt="other").key,
        replace(one, trainer=replace(trainer, model=replace(trainer.model, fingerprint="x"))).key,
        replace(one, trainer=replace(trainer, environment=replace(trainer.environment, lock_digest="x"))).key,
        replace(one, prepared=replace(one.prepared, train=one.prepared.train[1:])).key,
        replace(one, prepared=replace(one.prepared, validation=())).key,
    ]
    assert len({one.key, *others}) == len(others) + 1


def test_the_adapter_is_found_again_while_it_is_there(make_training, world) -> None:
    first = make_training().perform()
    again = make_training().perform()
    assert (again.adapter, again.digest, len(world.trained)) == (first.adapter, first.digest, 1)
    assert json.loads(json.dumps(first.summary)) == again.summary
    first.adapter.rename(first.adapter.with_name("moved"))
    make_training().perform()
    assert len(world.trained) == 2


def test_a_trainer_that_ends_early_without_a_reason_has_failed(make_training, monkeypatch) -> None:
    monkeypatch.setattr(
        attempt, "train", lambda *_, **__: TrainOutcome(status="done", progress=Progress(step=3, steps=9))
    )
    with pytest.raises(BackendFailed, match="ended after step 3 of"):
        make_training().perform()


def test_a_trainer_that_leaves_no_adapter_has_failed(make_training, monkeypatch) -> None:
    one = make_training()
    done = TrainOutcome(status="done", progress=Progress(step=one.plan.steps, steps=one.plan.steps))
    monkeypatch.setattr(attempt, "train", lambda *_, **__: done)
    with pytest.raises(BackendFailed, match="left no adapter_model"):
        one.perform()
    assert one.run.project.ledger.latest_step(one.key, "failed") is not None


def test_resume_without_a_checkpoint_starts_over_in_a_fresh_folder(make_training, world, told) -> None:
    first = make_training()
    with first.run.step("training", first.key, work=str(first.run.folder / "training"), attempt=1):
        pass
    first.run.project.ledger.close_step(2, status="interrupted", seconds=1)
    second = make_training(resume=True)
    assert second._start(second.key) == (second.plan, Workplace(folder=second.run.folder / "training"))
    assert told.notes[-1] == "the training that was cut off had saved no checkpoint: starting over"


def record(**detail: object) -> StepRecord:
    return StepRecord(
        step_id=1, run_id="r", name="training", key="k", status="interrupted", started_at=0, seconds=0,
        usd_per_hour=0, usd_paid=0, detail=detail,
    )  # fmt: skip


def test_a_trainer_that_still_runs_is_waited_for_and_then_named(monkeypatch) -> None:
    alive = iter([True, True, False])
    monkeypatch.setattr(training.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(training.process, "is_alive", lambda known: next(alive))
    training._wait_until_gone(record())
    training._wait_until_gone(record(pid=4, pid_started=5.0))
    assert next(alive, "used up") == "used up"
    monkeypatch.setattr(training.process, "is_alive", lambda known: True)
    with pytest.raises(UsageFault, match=r"process 4\) is still running") as refused:
        training._wait_until_gone(record(pid=4, pid_started=5.0))
    assert "kill 4" in refused.value.hint


def test_our_own_config_must_pass_our_own_checks(make_training, monkeypatch, world) -> None:
    found = [Fault(kind="warning_unused", message="fine"), Fault(kind="unknown_key", message="`lora_alhpa`")]
    monkeypatch.setattr(axolotl, "validate", lambda text, *, file: found)
    with pytest.raises(ThriftuneError, match="`lora_alhpa`") as fault:
        make_training().perform()
    assert fault.value.exit_code == 1 and "fine" not in fault.value.message
    assert world.trained == []


def test_a_budget_that_is_spent_starts_nothing(make_training, write_spec, world) -> None:
    one = make_training(loaded=write_spec(budget={"max_gpu_hours": 1.0}))
    step = one.run.project.ledger.start_step(one.run.run_id, "training", "other", usd_per_hour=0)
    one.run.project.ledger.close_step(step, status="failed", seconds=3600)
    with pytest.raises(BudgetReached, match=r"1\.00 hours"):
        one.perform()
    assert world.trained == []


def test_progress_is_told_with_its_price() -> None:
    starting = Progress(steps=64, seconds=36.0)
    assert progress_text(starting, 10.0) == "starting, $0.1000"
    running = Progress(step=8, steps=64, loss=1.23456, begun_at=20.0, seconds=36.0)
    assert progress_text(running, 10.0) == "loss 1.235, eta 1.9 min, $0.1000"
