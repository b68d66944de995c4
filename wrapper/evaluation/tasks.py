"""Generated lm-eval tasks: a YAML file and its rows, one task for each arm and way of scoring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import yaml

from wrapper.data.rows import Row


@dataclass(frozen=True, kw_only=True)
class Task:
    """One lm-eval task. `choices` are the labels that are scored by likelihood, empty to generate."""

    name: str
    prompts: tuple[str, ...]
    choices: tuple[str, ...]
    until: tuple[str, ...]
    max_answer_tokens: int


def write_task(task: Task, test: Sequence[Row], folder: Path) -> None:
    """Write `NAME.yaml` and `NAME.jsonl`. Prompts are whole chat texts, so no template is applied again."""
    rows = folder / f"{task.name}.jsonl"
    with rows.open("wb") as stream:
        for row, prompt in zip(test, task.prompts, strict=True):
            stream.write(msgspec.json.encode(_document(task, row, prompt)) + b"\n")
    text = yaml.safe_dump(_config(task, rows), sort_keys=False, allow_unicode=True)
    (folder / f"{task.name}.yaml").write_text(text, encoding="utf-8")


def _document(task: Task, row: Row, prompt: str) -> dict[str, Any]:
    document: dict[str, Any] = {"row_id": row.row_id, "prompt": prompt, "target": row.answer}
    if task.choices:
        end = task.until[0] if task.until else ""
        document["choices"] = [choice + end for choice in task.choices]
        document["target"] = _place(row.answer, task.choices)
    return document


def _place(answer: str, choices: Sequence[str]) -> int:
    """lm-eval wants a number; the core grades, so an answer that is no label gets the first one."""
    return choices.index(answer) if answer in choices else 0


def _config(task: Task, rows: Path) -> dict[str, Any]:
    config: dict[str, Any] = {
        "task": task.name,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(rows)}},
        "test_split": "test",
        "doc_to_text": "{{prompt}}",
        "doc_to_target": "{{target}}",
        "metadata": {"version": 1},
    }
    if task.choices:
        return config | {
            "output_type": "multiple_choice",
            "doc_to_target": "target",
            "doc_to_choice": "choices",
            "target_delimiter": "",
            "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
        }
    generation: dict[str, Any] = {"max_gen_toks": task.max_answer_tokens, "do_sample": False}
    return config | {
        "output_type": "generate_until",
        "generation_kwargs": {"until": list(task.until), **generation},
        "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
    }
