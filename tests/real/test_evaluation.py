"""The real model's answers: those of lm-eval's own command line on the exported tasks, and of its own tasks."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wrapper.environments import Environment
from wrapper.evaluation.local_engine import LocalEngine, LocalModel
from wrapper.models import resolve_model
from wrapper.spec.fields import Model

pytestmark = pytest.mark.real

ARMS = ("base", "prompted", "few_shot")
ALIVE = [("a dog", "a stone"), ("an ant", "a spoon"), ("a frog", "a cloud"), ("an eagle", "a nail"), ("a cat", "a cup")]


def lm_eval(environment: Environment, *arguments: str) -> str:
    done = subprocess.run(
        [str(environment.python), "-m", "lm_eval", *arguments],
        env={**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def scores_of(project: Any, arm: str) -> list[dict[str, Any]]:
    (file,) = project.folder.glob(f".thriftune/runs/*/scores/{arm}.json")
    found: list[dict[str, Any]] = json.loads(file.read_bytes())
    return found


@pytest.fixture(scope="module")
def model() -> Path:
    return resolve_model(Model(preset="smollm2-135m"), Path.cwd(), say=lambda text: None).path


def test_answers_are_those_of_lm_evals_own_command_line(
    tmp_path: Path, trl_environment: Environment, payments_project: Callable[..., Any], model: Path
) -> None:
    project = payments_project(
        tmp_path,
        data={"test_rows": 12},
        task={"max_answer_tokens": 24},
        evaluation={"arms": list(ARMS), "precision": "float32", "batch_size": 4, "prompt_search": False},
    )
    tasks = tmp_path / "tasks"
    measured = project.call("baseline", "--export", str(tasks))
    assert measured.returncode == 0, measured.stderr
    names = ",".join(f"{arm}_generated" for arm in ARMS)
    said = lm_eval(trl_environment, "validate", "--tasks", names, "--include_path", str(tasks))
    assert "All tasks found and valid" in said
    lm_eval(
        trl_environment, "run", "--model", "hf", "--device", "cpu", "--model_args", f"pretrained={model},dtype=float32",
        "--tasks", names, "--include_path", str(tasks), "--batch_size", "4", "--log_samples",
        "--output_path", str(tmp_path / "results"),
    )  # fmt: skip
    (results,) = (tmp_path / "results").rglob("results_*.json")
    by_lm_eval = json.loads(results.read_text())["results"]
    for arm in ARMS:
        (samples,) = (tmp_path / "results").rglob(f"samples_{arm}_generated_*.jsonl")
        theirs = {
            sample["doc"]["row_id"]: (sample["resps"][0][0], sample["json_exact"])
            for sample in map(json.loads, samples.read_text().splitlines())
        }
        rows = scores_of(project, arm)[0]["rows"]
        ours = {row["row_id"]: (row["response"], row["grade"]["score"]) for row in rows}
        assert ours == theirs, arm  # the exported task carries its metric with it
        mean = sum(score for _, score in ours.values()) / len(ours)
        assert by_lm_eval[f"{arm}_generated"]["json_exact,none"] == pytest.approx(mean)


def test_one_of_lm_evals_own_tasks_is_scored_on_local_rows(
    tmp_path: Path, trl_environment: Environment, model: Path
) -> None:
    rows = [
        {
            "id": str(number),
            "question": f"Which of these is alive, number {number}?",
            "choices": {"text": [alive, dead] if number % 2 else [dead, alive], "label": ["A", "B"]},
            "answerKey": "A" if number % 2 else "B",
        }
        for number, (alive, dead) in enumerate(ALIVE * 3)
    ]
    file = tmp_path / "arc.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    task = {
        "task": "arc_easy",
        "dataset_path": "json",
        "dataset_name": None,
        "dataset_kwargs": {"data_files": dict.fromkeys(("train", "validation", "test"), str(file))},
    }
    asked = LocalModel(path=model, digest="m", device="cpu", dtype="float32", threads=2, batch_size=None)
    with LocalEngine(asked, trl_environment, tmp_path / "work") as engine:
        metric, scores = engine.lm_eval_scores(task, 10, tuned=False)
    assert metric == "acc_norm"
    assert sorted(map(int, scores)) == list(range(10))
    assert set(scores.values()) <= {0.0, 1.0}
