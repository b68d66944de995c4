"""The ladder, every way it can end; the trainer and the model arms are played, all else is real."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wrapper.errors import BackendFailed, BadInput, BudgetReached, GateRefused, Interrupted, UsageFault
from wrapper.pipeline.project import alone, open_project


def lines(result) -> dict[str, float | None]:
    return {line.arm: line.mean for line in result.arms}


def test_better(climb, world) -> None:
    result, failure = climb()
    assert failure is None
    assert (result.outcome, result.exit_code, result.looks) == ("better", 0, 1)
    assert lines(result) == {"classical": 0.1, "prompted": 0.05, "tuned": 0.75}
    assert result.message.startswith("tuned is better than every cheaper arm: +0.650 (95 % interval")
    assert result.verdict.meets_target is False  # exit 0 all the same
    assert result.training["adapter"].endswith("training/adapter")
    assert result.spent.usd == pytest.approx(result.spent.gpu_hours * 3.6)
    folder = Path(result.folder)
    kept = json.loads((folder / "result.json").read_bytes())
    assert (kept["outcome"], kept["version"]) == ("better", 1)
    assert "<h1>fruit</h1>" in (folder / "report.html").read_text()
    (run,) = world.ledger.runs()
    assert (run.status, run.exit_code, run.outcome) == ("done", 0, result.message)


def test_the_trainer_gets_whole_chats_with_the_instructions(climb, world) -> None:
    climb()
    (plan,) = world.trained
    first = json.loads(plan.train_file.read_text().splitlines()[0])
    assert [turn["role"] for turn in first["messages"]] == ["system", "user", "assistant"]
    assert first["messages"][0]["content"] == "Answer."
    assert plan.max_seconds is None and plan.events_file.parent.name == "attempt-1"
    assert plan.threads == 2 and plan.accelerator == "cpu"


def test_unchanged_inputs_are_neither_trained_nor_measured_again(climb, world, told) -> None:
    first, _ = climb()
    calls = len(world.measured), len(world.trained)
    told.steps.clear()
    second, _ = climb()
    assert (len(world.measured), len(world.trained)) == calls
    assert (second.outcome, lines(second), second.looks) == ("better", lines(first), 1)
    assert {name: reused for name, _, reused in told.steps if name not in ("plan", "graders")} == {
        "data": True, "classical": True, "prompted": True, "training": True, "tuned": True,
    }  # fmt: skip
    assert second.spent.usd == 0 and second.spent_in_project.usd == pytest.approx(first.spent_in_project.usd)


@pytest.mark.parametrize(("right", "outcome"), [(6, "undecided"), (0, "worse")])
def test_not_better_is_exit_5(climb, world, right: int, outcome: str) -> None:
    world.right |= {"classical": 6 if outcome == "undecided" else 10, "tuned": right}
    result, failure = climb()
    assert failure is None
    assert (result.outcome, result.exit_code) == (outcome, 5)
    assert world.ledger.runs()[0].status == "done"
    assert "do not spend on a larger model" in result.next_action


def test_the_need_gate_stops_before_a_model_is_fetched(climb, world) -> None:
    world.right["classical"] = 36
    result, failure = climb()
    assert isinstance(failure, GateRefused)
    assert (result.outcome, result.exit_code, result.gate) == ("refused", 5, "need")
    assert "`classical` scores 0.9 on 40 rows and reaches the target 0.8" in result.message
    assert result.next_action.startswith("ship `classical`")
    assert lines(result) == {"classical": 0.9, "prompted": None, "tuned": None}
    assert [line.measured for line in result.arms] == [True, False, False]
    assert result.saved["usd"] == pytest.approx(result.saved["seconds"] / 1000) and result.saved["usd"] > 0
    assert (world.measured, world.trained) == (["classical"], [])
    assert world.ledger.runs()[0].status == "refused"


def test_the_need_gate_is_asked_again_of_the_model_arms(climb, world) -> None:
    world.right["prompted"] = 33
    result, failure = climb()
    assert isinstance(failure, GateRefused) and "`prompted` scores 0.825" in result.message
    assert world.trained == []


def test_a_gate_that_is_overridden_lets_the_climb_go_on(climb, world) -> None:
    world.right |= {"classical": 33, "tuned": 40}
    result, failure = climb(overrides={"need": "the target will rise"})
    assert failure is None
    assert result.outcome == "better"
    assert result.overrides == {"need": "the target will rise"}
    assert len(world.ledger.overrides(result.run_id)) == 1


def test_baseline_measures_every_cheaper_rung_and_asks_no_gate(climb, world) -> None:
    world.right["classical"] = 40
    result, failure = climb(until="baseline")
    assert failure is None
    assert (result.outcome, result.exit_code, result.verdict) == ("measured", 0, None)
    assert lines(result) == {"classical": 1.0, "prompted": 0.05, "tuned": None}
    assert world.trained == []


def test_train_ends_with_an_adapter_and_no_verdict(climb, world) -> None:
    result, _ = climb(until="training")
    assert (result.outcome, result.message, result.verdict) == ("measured", "the adapter was trained", None)
    assert len(world.trained) == 1 and "tuned" not in world.measured and result.looks == 0


def test_a_plan_that_does_not_fit_the_budget_is_refused(climb, write_spec, world) -> None:
    tight = write_spec(budget={"max_gpu_hours": 0.001})
    result, failure = climb(tight)
    assert isinstance(failure, GateRefused) and failure.gate == "fit"
    assert "the budget leaves 0.1 minutes" in result.message
    assert world.trained == []
    result, _ = climb(tight, overrides={"fit": "see how far it gets"})
    assert 0 < world.trained[0].max_seconds <= 3.6
    assert result.overrides == {"fit": "see how far it gets"}


def test_at_the_budget_it_stops_and_resume_goes_on(climb, world, told) -> None:
    world.endings = ["stopped"]
    result, failure = climb()
    assert isinstance(failure, BudgetReached)
    assert (result.outcome, result.exit_code) == ("stopped", 6)
    assert "after step 3 of" in result.message
    run = world.ledger.runs()[0]
    assert run.status == "stopped"
    assert world.ledger.steps(run.run_id)[-1].status == "stopped"
    result, failure = climb(resume=True)
    assert (failure, result.outcome) == (None, "better")
    assert world.resumed == [None, "checkpoint-3"]
    first, second = world.trained
    assert second.output_dir == first.output_dir
    assert (first.events_file.parent.name, second.events_file.parent.name) == ("attempt-1", "attempt-2")
    assert any(note.startswith("resuming from step 3 of") for note in told.notes)


def test_without_resume_a_cut_off_training_starts_over_and_says_so(climb, world, told) -> None:
    world.endings = ["interrupted"]
    result, failure = climb()
    assert isinstance(failure, Interrupted) and result.exit_code == 130
    assert "--resume" in result.next_action
    climb()
    first, second = world.trained
    assert first.output_dir != second.output_dir and world.resumed == [None, None]
    assert any("cut off after step 3: starting over" in note for note in told.notes)


def test_resume_with_nothing_to_resume_trains(climb, world, told) -> None:
    result, _ = climb(resume=True)
    assert result.outcome == "better" and world.resumed == [None]
    assert any(note.startswith("nothing to resume") for note in told.notes)


def test_a_spent_budget_starts_no_training(climb, write_spec, world) -> None:
    world.endings = ["stopped"]
    climb()
    result, failure = climb(write_spec(budget={"max_usd": 0.0}), overrides={"fit": "try"}, resume=True)
    assert isinstance(failure, BudgetReached) and "budget of this project is spent" in result.message
    assert len(world.trained) == 1


@pytest.mark.parametrize(
    ("ending", "outcome", "code"),
    [(BackendFailed("oom", hint="halve it"), "failed", 7), (KeyboardInterrupt(), "interrupted", 130)],
)
def test_a_training_that_fails_keeps_what_was_measured(climb, world, ending, outcome: str, code: int) -> None:
    world.endings = [ending]
    result, failure = climb()
    assert failure is not None and failure.exit_code == code
    assert (result.outcome, result.exit_code) == (outcome, code)
    assert lines(result) == {"classical": 0.1, "prompted": 0.05, "tuned": None}
    assert world.ledger.runs()[0].status == outcome
    assert Path(result.report).is_file()


def test_a_fault_of_thriftune_is_recorded_and_not_hidden(climb, world) -> None:
    world.endings = [ZeroDivisionError("a fault")]
    with pytest.raises(ZeroDivisionError):
        climb()
    (run,) = world.ledger.runs()
    assert (run.status, run.exit_code, run.outcome) == ("failed", 1, "ZeroDivisionError: a fault")


def test_a_device_without_a_price_is_refused_before_a_run_begins(climb, write_spec, world) -> None:
    unpriced = write_spec(budget={"gpu": "t4", "usd_per_hour": None})
    with pytest.raises(BadInput, match="no price is known for `t4`"):
        climb(unpriced)
    assert not (world.folder / ".thriftune").exists()


def test_one_run_at_a_time(climb, world, write_spec) -> None:
    loaded = write_spec()
    with alone(open_project(loaded.folder)), pytest.raises(UsageFault, match="another thriftune"):
        climb(loaded)
    assert world.ledger.runs() == []


def test_a_training_that_is_done_needs_no_budget_any_more(climb, write_spec, world) -> None:
    first, _ = climb(write_spec(budget={"max_gpu_hours": 1.0}))
    again, failure = climb(write_spec(budget={"max_gpu_hours": 0.0}))
    assert failure is None
    assert (again.outcome, len(world.trained)) == (first.outcome, 1) == ("better", 1)


def test_a_metric_that_ignores_the_gold_answer_has_no_classical_rung(climb, write_spec, world, told) -> None:
    task = {"metric": "constraints", "grading": {"constraints": {"max_words": 3}}}
    result, failure = climb(write_spec(task=task), until="baseline")
    assert failure is None
    assert "classical" not in world.measured
    assert [arm.arm for arm in result.arms if arm.measured] == ["prompted"]
    assert any("does not look at the gold answer" in note for note in told.notes)


def test_several_changes_at_once_are_flagged(climb, write_spec, world, told) -> None:
    climb(write_spec())
    assert not any("changed at once" in note for note in told.notes)
    climb(write_spec(training={"overrides": {"learning_rate": 0.0005}}))
    assert not any("changed at once" in note for note in told.notes)
    climb(write_spec(training={"overrides": {"learning_rate": 0.0001, "lora_r": 4}}))
    assert any("2 were changed at once" in note for note in told.notes)
