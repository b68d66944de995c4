"""Regression tasks: asked of a winner only, both models on the same rows, once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wrapper.errors import BadInput
from wrapper.pipeline.forgetting import needs_hub, regressions, task_config
from wrapper.process import Completed
from wrapper.spec.fields import Regression


@pytest.fixture
def lm_eval_says(monkeypatch: pytest.MonkeyPatch):
    """Answer for the program that tries tasks in lm-eval; returns the tasks it was asked about."""
    asked: list[str] = []

    def answer(*faults: str) -> list[str]:
        def run(argv, **_):
            asked.extend(one["task"]["task"] for one in json.loads(Path(argv[2]).read_text()))
            return Completed(
                argv=tuple(argv), returncode=0, stdout=json.dumps(faults), stderr="", elapsed_seconds=1, timed_out=False
            )

        monkeypatch.setattr("wrapper.pipeline.regression_check.process.run", run)
        return asked

    answer("")
    return answer


@pytest.fixture
def forgetful(lm_eval_says, climb, write_spec, world, folder: Path, monkeypatch: pytest.MonkeyPatch):
    """A run whose tuned model gets so many of 200 rows of `arc_easy` right, the base model 150."""
    (folder / "arc.jsonl").write_text("{}\n")
    asked: list[bool] = []

    def run(right: int):
        def scores(self, task, rows, *, tuned):
            asked.append(tuned)
            assert task["dataset_kwargs"]["data_files"]["test"] == str(folder / "arc.jsonl")
            count = right if tuned else 150
            return "acc", {str(n): float(n < count) for n in range(rows)}

        monkeypatch.setattr("wrapper.evaluation.local_engine.LocalEngine.lm_eval_scores", scores)
        evaluation = {"regression": [{"task": "arc_easy", "data": "arc.jsonl", "margin": 0.05}]}
        return climb(write_spec(evaluation=evaluation))[0], asked

    return run


def test_a_loss_is_exit_5_though_the_task_was_won(forgetful) -> None:
    result, _ = forgetful(100)
    assert (result.outcome, result.exit_code) == ("better", 5)
    assert "it forgot: worse than before on arc_easy" in result.message
    assert result.forgotten[0].outcome == "lost"


def test_what_was_kept_is_exit_0_and_asked_once(forgetful) -> None:
    result, asked = forgetful(150)
    assert (result.exit_code, result.forgotten[0].outcome) == (0, "kept")
    assert forgetful(150)[0].exit_code == 0
    assert asked == [False, True]
    kept = json.loads(Path(result.folder, "result.json").read_text())["forgotten"][0]
    assert kept["outcome"] == "kept" and kept["base_mean"] == 0.75


def test_a_model_that_does_not_win_is_not_asked(forgetful, world, told) -> None:
    world.right["tuned"] = 4
    result, asked = forgetful(150)
    assert (result.forgotten, asked) == ((), [])
    assert any("not measured" in note for note in told.notes)


def test_a_name_alone_needs_the_hub(tmp_path: Path) -> None:
    assert regressions(("arc_easy",)) == [Regression(task="arc_easy")]
    assert needs_hub(("arc_easy",)) and not needs_hub((Regression(task="arc_easy", data="x.jsonl"),))
    assert task_config(Regression(task="arc_easy"), tmp_path) == {"task": "arc_easy"}
    with pytest.raises(BadInput, match="no file"):
        task_config(Regression(task="arc_easy", data="x.jsonl"), tmp_path)


def test_a_task_that_lm_eval_does_not_know_is_told_before_a_model_is_loaded(climb, write_spec, world, lm_eval_says):
    asked = lm_eval_says("", "lm-eval has no task `arc_eazy`; did you mean `arc_easy`?")
    spec = write_spec(evaluation={"regression": ["hellaswag", "arc_eazy"]})
    result, failure = climb(spec)
    assert (result.exit_code, asked, world.measured) == (3, ["hellaswag", "arc_eazy"], ["classical"])
    (fault,) = failure.faults
    assert (fault.key, "did you mean `arc_easy`" in fault.message) == ("evaluation.regression[1]", True)
    assert spec.path.read_text().splitlines()[fault.line - 1].strip() == "- arc_eazy"


def test_tasks_that_were_tried_are_not_tried_again(forgetful, lm_eval_says) -> None:
    asked = lm_eval_says("")
    forgetful(150)
    forgetful(150)
    assert asked == ["arc_easy"]


def test_a_baseline_asks_no_regression_task(climb, write_spec, lm_eval_says) -> None:
    asked = lm_eval_says("")
    climb(write_spec(evaluation={"regression": ["arc_easy"]}), until="baseline")
    assert asked == []
