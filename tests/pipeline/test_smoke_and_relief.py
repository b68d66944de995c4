"""The smoke gate before long trainings, and what is done where memory runs out."""

from __future__ import annotations

from wrapper.errors import BackendFailed, GateRefused, OutOfMemory
from wrapper.pipeline import smoke as smoke_module

FULL = OutOfMemory("the trainer ended with exit code 1 before its first step:\n  CUDA out of memory")


def test_a_short_training_is_its_own_smoke_run(climb, world) -> None:
    result, failure = climb()
    assert (failure, result.outcome, result.smoke) == (None, "better", None)
    assert len(world.trained) == 1


def test_smoke_alone_takes_the_longest_rows_evaluates_saves_and_ends(climb, world, told) -> None:
    result, failure = climb(until="smoke")
    assert (failure, result.outcome, result.exit_code, result.training) == (None, "measured", 0, None)
    (plan,) = world.trained
    assert (plan.steps, plan.save_steps, plan.eval_steps) == (2, 2, 2)
    lengths = [sum(len(turn["content"].split()) for turn in row["messages"]) for row in world.rows[0]]
    assert len(lengths) == plan.micro_batch_size * plan.gradient_accumulation_steps * 2
    assert result.smoke is not None
    assert result.smoke["step_seconds"] == 1.5
    assert result.smoke["memory_gib"] == {"resident": 2.5}
    assert any("1.5 s a step on the longest rows, 2.5 GiB resident" in str(line) for line in told.steps)


def test_a_long_training_is_smoked_once_and_then_run(climb, world, monkeypatch) -> None:
    monkeypatch.setattr(smoke_module, "WORTH_SECONDS", 0.0)
    world.endings = ["done", "interrupted"]
    climb()
    assert [plan.steps == 2 for plan in world.trained] == [True, False]
    result, _ = climb(resume=True)
    assert result.outcome == "better"
    assert [plan.steps == 2 for plan in world.trained] == [True, False, False]


def test_a_speed_that_does_not_fit_the_budget_is_refused(climb, write_spec, world, monkeypatch) -> None:
    monkeypatch.setattr(smoke_module, "WORTH_SECONDS", 0.0)
    world.step_seconds = 90.0
    spec = write_spec(budget={"max_gpu_hours": 0.1, "usd_per_hour": 3.6})
    result, failure = climb(spec)
    assert isinstance(failure, GateRefused)
    assert (result.gate, result.exit_code) == ("smoke", 5)
    assert "at the speed of the smoke run" in result.message
    assert len(world.trained) == 1
    result, failure = climb(spec, overrides={"smoke": "see how far it gets"})
    assert len(world.trained) == 2
    assert result.overrides["smoke"] == "see how far it gets"


def test_who_passed_the_fit_gate_pays_for_no_smoke_run(climb, write_spec, world, monkeypatch) -> None:
    monkeypatch.setattr(smoke_module, "WORTH_SECONDS", 0.0)
    result, _ = climb(write_spec(budget={"max_gpu_hours": 0.001}), overrides={"fit": "see the cap at work"})
    assert result.smoke is None
    assert len(world.trained) == 1


def test_memory_that_runs_out_is_answered_three_times_aloud(climb, world, told) -> None:
    world.endings = [FULL, FULL]
    result, failure = climb()
    assert (failure, result.outcome) == (None, "better")
    first, second, third = world.trained
    step = first.micro_batch_size * first.gradient_accumulation_steps
    for smaller, larger in ((second, first), (third, second)):
        assert smaller.micro_batch_size < larger.micro_batch_size
        assert smaller.micro_batch_size * smaller.gradient_accumulation_steps == step
        assert smaller.output_dir != larger.output_dir
    assert len([note for note in told.notes if "ran out of memory, trying again" in note]) == 2
    assert result.training is not None
    assert len(result.training["relief"]) == 2
    run = world.ledger.runs()[0]
    statuses = [step.status for step in world.ledger.steps(run.run_id) if step.name == "training"]
    assert statuses == ["failed", "failed", "done"]


def test_the_fourth_time_it_gives_up_and_says_what_was_tried(climb, world) -> None:
    world.endings = [FULL] * 4
    result, failure = climb()
    assert isinstance(failure, BackendFailed)
    assert result.exit_code == 7
    assert "a GPU with more memory (tried: " in result.next_action
    assert len(world.trained) == 4


def test_a_resumed_training_keeps_what_fitted(climb, world) -> None:
    world.endings = [FULL, "interrupted"]
    climb()
    result, _ = climb(resume=True)
    assert result.outcome == "better"
    assert world.resumed == [None, None, "checkpoint-3"]
    assert world.trained[2].micro_batch_size == world.trained[1].micro_batch_size < world.trained[0].micro_batch_size
    assert result.training["relief"] == [  # type: ignore[index]
        f"{world.trained[1].micro_batch_size} rows at once in place of {world.trained[0].micro_batch_size}, "
        f"{world.trained[1].gradient_accumulation_steps} times a step: still "
        f"{world.trained[1].micro_batch_size * world.trained[1].gradient_accumulation_steps} rows a step"
    ]
