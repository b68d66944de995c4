"""The arms as lm-eval tasks that run without thriftune: rows, prompts and the graders themselves in one folder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import yaml

import wrapper
from wrapper.data.rows import Row
from wrapper.resources import templates_dir

_PACKAGE = "thriftune_graders"
_GRADERS = "wrapper.evaluation.graders"


@dataclass(frozen=True, kw_only=True)
class Task:
    """One lm-eval task. `choices` are the labels that are scored by likelihood, empty to generate."""

    name: str
    prompts: tuple[str, ...]
    choices: tuple[str, ...]
    until: tuple[str, ...]
    max_answer_tokens: int


def task_files(tasks: Sequence[Task], rows: Sequence[Row], grading: Mapping[str, Any]) -> dict[str, str]:
    """All files of a folder of tasks by name: YAML and rows of each, and the graders; `grading` is their setting.

    Prompts are whole chat texts, so no template is applied again.
    """
    files = {"grading.json": msgspec.json.format(msgspec.json.encode(grading), indent=2).decode() + "\n"}
    files["grading.py"] = (templates_dir() / "lm_eval" / "grading.py").read_text(encoding="utf-8")
    files |= dict(_grader_sources())
    for task in tasks:
        documents = (
            msgspec.json.encode(_document(task, row, prompt)).decode()
            for row, prompt in zip(rows, task.prompts, strict=True)
        )
        files[f"{task.name}.jsonl"] = "".join(f"{line}\n" for line in documents)
        files[f"{task.name}.yaml"] = _yaml(_config(task, str(grading["metric"])))
    return files


def _document(task: Task, row: Row, prompt: str) -> dict[str, Any]:
    document: dict[str, Any] = {
        "row_id": row.row_id,
        "prompt": prompt,
        "gold": row.answer,
        "aliases": list(row.aliases),
    }
    if task.choices:
        end = task.until[0] if task.until else ""
        document["labels"] = list(task.choices)
        document["choices"] = [choice + end for choice in task.choices]
        document["target"] = _place(row.answer, task.choices)
    return document


def _place(answer: str, choices: Sequence[str]) -> int:
    """lm-eval wants a number; the grader has the gold answer, so one that is no label gets the first."""
    return choices.index(answer) if answer in choices else 0


def _config(task: Task, metric: str) -> dict[str, Any]:
    config: dict[str, Any] = {
        "task": task.name,
        "dataset_path": "json",
        "custom_dataset": _Function("grading.rows"),
        "dataset_kwargs": {"file": f"{task.name}.jsonl"},
        "test_split": "test",
        "doc_to_text": "{{prompt}}",
        "doc_to_target": "{{gold}}",
        "process_results": _Function("grading.grade"),
        "metric_list": [{"metric": metric, "aggregation": "mean", "higher_is_better": True}],
        "metadata": {"version": 1},
    }
    if task.choices:
        return config | {
            "output_type": "multiple_choice",
            "doc_to_target": "target",
            "doc_to_choice": "choices",
            "target_delimiter": "",
        }
    generation: dict[str, Any] = {"max_gen_toks": task.max_answer_tokens, "do_sample": False}
    return config | {
        "output_type": "generate_until",
        "generation_kwargs": {"until": list(task.until), **generation},
    }


class _Function(str):
    """`!function MODULE.NAME`, as lm-eval reads it from beside the task."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(_Function, lambda dumper, name: dumper.represent_scalar("!function", str(name), style=""))


def _yaml(config: Mapping[str, Any]) -> str:
    return yaml.dump(dict(config), Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def _grader_sources() -> Iterator[tuple[str, str]]:
    """The graders as a package of their own, which imports nothing of thriftune."""
    package = Path(wrapper.__file__).parent
    sources = {"errors.py": package / "errors.py"}
    sources |= {file.name: file for file in sorted((package / "evaluation" / "graders").glob("*.py"))}
    for name, file in sources.items():
        text = file.read_text(encoding="utf-8")
        text = re.sub(r"\bwrapper\.errors\b", f"{_PACKAGE}.errors", text)
        yield f"{_PACKAGE}/{name}", re.sub(rf"\b{re.escape(_GRADERS)}\b", _PACKAGE, text)
