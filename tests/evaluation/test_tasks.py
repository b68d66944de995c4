"""Generated lm-eval tasks: the YAML reads back as meant, the rows are what the arms were given."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from wrapper.data.rows import Message, make_row
from wrapper.evaluation.tasks import Task, write_task

ROWS = [make_row((Message(role="user", content="q"),), answer, file="f", line=1) for answer in ("no", "not a label")]


def written(task: Task, folder: Path) -> tuple[dict[str, object], list[dict[str, object]]]:
    write_task(task, ROWS, folder)
    config = yaml.safe_load((folder / f"{task.name}.yaml").read_text(encoding="utf-8"))
    lines = (folder / f"{task.name}.jsonl").read_text(encoding="utf-8").split("\n")
    return config, [json.loads(line) for line in lines if line]


def test_a_task_that_generates(tmp_path: Path) -> None:
    prompts = ("<|im_start|>user\nça {{ not jinja }}\u2028<|im_end|>", "two")
    task = Task(name="base_generated", prompts=prompts, choices=(), until=("<|im_end|>",), max_answer_tokens=24)
    config, rows = written(task, tmp_path)
    assert config == {
        "task": "base_generated",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(tmp_path / "base_generated.jsonl")}},
        "test_split": "test",
        "doc_to_text": "{{prompt}}",
        "doc_to_target": "{{target}}",
        "metadata": {"version": 1},
        "output_type": "generate_until",
        "generation_kwargs": {"until": ["<|im_end|>"], "max_gen_toks": 24, "do_sample": False},
        "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
    }
    assert rows == [
        {"row_id": ROWS[0].row_id, "prompt": prompts[0], "target": "no"},
        {"row_id": ROWS[1].row_id, "prompt": "two", "target": "not a label"},
    ]


def test_a_task_that_scores_labels_by_likelihood(tmp_path: Path) -> None:
    task = Task(
        name="tuned_likelihood", prompts=("a", "b"), choices=("yes", "no"), until=("</s>",), max_answer_tokens=4
    )
    config, rows = written(task, tmp_path)
    assert config["output_type"] == "multiple_choice"
    assert (config["doc_to_choice"], config["doc_to_target"], config["target_delimiter"]) == ("choices", "target", "")
    assert "generation_kwargs" not in config
    assert [row["choices"] for row in rows] == [["yes</s>", "no</s>"]] * 2
    assert [row["target"] for row in rows] == [1, 0]


def test_labels_end_plainly_where_the_model_has_no_end_of_turn(tmp_path: Path) -> None:
    task = Task(name="t", prompts=("a", "b"), choices=("yes",), until=(), max_answer_tokens=4)
    assert written(task, tmp_path)[1][0]["choices"] == ["yes"]
