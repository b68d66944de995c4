"""The model arms as lm-eval tasks: written with the run that measured them, each with its metric."""

from __future__ import annotations

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from wrapper.errors import BadInput


def grading(folder: Path) -> ModuleType:
    spec = spec_from_file_location("grading", folder / "grading.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_was_asked_is_written_with_its_metric_and_how_to_run_it(climb, tmp_path: Path) -> None:
    folder = tmp_path / "tasks"
    _, failure = climb(export=folder)
    assert failure is None
    names = {file.name for file in folder.iterdir()}
    assert {"prompted_generated.yaml", "tuned_generated.yaml", "grading.py", "README.md"} <= names
    first = json.loads((folder / "tuned_generated.jsonl").read_text().splitlines()[0])
    assert (first["prompt"], first["gold"]) == (
        "<|im_start|> system Answer. <|im_end|> <|im_start|> user what is pear 0? <|im_end|> <|im_start|> assistant ",
        "pear answer 0",
    )
    assert grading(folder).grade(first, ["pear answer 0"]) == {"exact_match": 1.0}
    told = (folder / "README.md").read_text()
    assert "--tasks prompted_generated,tuned_generated" in told and "peft=ADAPTER" in told


def test_a_metric_of_the_users_own_does_not_travel(climb, write_spec, world, folder: Path, tmp_path: Path) -> None:
    (folder / "mine.py").write_text("def grade(response, gold, question):\n    return float(response == gold)\n")
    task = {"metric": "function", "grading": {"function": "mine.py:grade"}}
    _, failure = climb(write_spec(task=task), export=tmp_path / "tasks")
    assert isinstance(failure, BadInput) and "cannot be exported" in failure.message
    assert not (tmp_path / "tasks").exists() and world.measured == []


def test_without_a_model_arm_there_is_nothing_to_export(climb, write_spec, world, tmp_path: Path) -> None:
    _, failure = climb(write_spec(evaluation={"arms": ["classical"]}), export=tmp_path / "tasks", until="baseline")
    assert isinstance(failure, BadInput) and "no model arm" in failure.message
    assert world.measured == []  # it is said before anything is measured


@pytest.mark.parametrize("metric", ["exact_match_lenient", "contains", "rouge_l", "chrf"])
def test_each_metric_of_texts_travels(climb, write_spec, tmp_path: Path, metric: str) -> None:
    _, failure = climb(write_spec(task={"metric": metric}), export=tmp_path / "tasks", until="baseline")
    assert failure is None
    document = {"gold": "a pear", "aliases": []}
    assert grading(tmp_path / "tasks").grade(document, ["a pear"]) == {metric: pytest.approx(1.0)}
