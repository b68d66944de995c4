"""Generated lm-eval tasks: the YAML reads back as meant, the rows are what the arms were given."""

from __future__ import annotations

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import yaml

from wrapper.data.rows import Message, make_row
from wrapper.evaluation.tasks import Task, task_files

ROWS = [make_row((Message(role="user", content="q"),), answer, file="f", line=1) for answer in ("no", "not a label")]


class _Loader(yaml.SafeLoader):
    pass


_Loader.add_constructor("!function", lambda loader, node: f"function {loader.construct_scalar(node)}")


def written(task: Task) -> tuple[dict[str, object], list[dict[str, object]]]:
    files = task_files([task], ROWS, {"metric": "label", "labels": ["yes", "no"], "options": {}})
    config = yaml.load(files[f"{task.name}.yaml"], Loader=_Loader)  # noqa: S506 - a safe loader with one tag more
    return config, [json.loads(line) for line in files[f"{task.name}.jsonl"].split("\n") if line]


def test_a_task_that_generates() -> None:
    prompts = ("<|im_start|>user\nça {{ not jinja }}\u2028<|im_end|>", "two")
    task = Task(name="base_generated", prompts=prompts, choices=(), until=("<|im_end|>",), max_answer_tokens=24)
    config, rows = written(task)
    assert config == {
        "task": "base_generated",
        "dataset_path": "json",
        "custom_dataset": "function grading.rows",
        "dataset_kwargs": {"file": "base_generated.jsonl"},
        "test_split": "test",
        "doc_to_text": "{{prompt}}",
        "doc_to_target": "{{gold}}",
        "process_results": "function grading.grade",
        "metadata": {"version": 1},
        "output_type": "generate_until",
        "generation_kwargs": {"until": ["<|im_end|>"], "max_gen_toks": 24, "do_sample": False},
        "metric_list": [{"metric": "label", "aggregation": "mean", "higher_is_better": True}],
    }
    assert rows == [
        {"row_id": ROWS[0].row_id, "prompt": prompts[0], "gold": "no", "aliases": []},
        {"row_id": ROWS[1].row_id, "prompt": "two", "gold": "not a label", "aliases": []},
    ]


def test_a_task_that_scores_labels_by_likelihood() -> None:
    task = Task(
        name="tuned_likelihood", prompts=("a", "b"), choices=("yes", "no"), until=("</s>",), max_answer_tokens=4
    )
    config, rows = written(task)
    assert config["output_type"] == "multiple_choice"
    assert (config["doc_to_choice"], config["doc_to_target"], config["target_delimiter"]) == ("choices", "target", "")
    assert "generation_kwargs" not in config
    assert [row["choices"] for row in rows] == [["yes</s>", "no</s>"]] * 2
    assert [row["labels"] for row in rows] == [["yes", "no"]] * 2
    assert [row["target"] for row in rows] == [1, 0]


def test_labels_end_plainly_where_the_model_has_no_end_of_turn() -> None:
    task = Task(name="t", prompts=("a", "b"), choices=("yes",), until=(), max_answer_tokens=4)
    assert written(task)[1][0]["choices"] == ["yes"]


def test_the_graders_travel_and_grade_without_thriftune(tmp_path: Path) -> None:
    task = Task(name="t", prompts=("a", "b"), choices=(), until=(), max_answer_tokens=4)
    files = task_files([task], ROWS, {"metric": "exact_match", "labels": [], "options": {}})
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert "wrapper" not in text or not name.endswith(".py"), name
    module = load_module(tmp_path / "grading.py")
    document = {"gold": "no", "aliases": ["nope"]}
    assert module.grade(document, ["no"]) == {"exact_match": 1.0}
    assert module.grade(document, ["nope"]) == {"exact_match": 1.0}
    assert module.grade(document, ["yes"]) == {"exact_match": 0.0}


def load_module(file: Path) -> ModuleType:
    spec = spec_from_file_location("grading", file)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
