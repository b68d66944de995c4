"""Faults between keys of a spec that are each right by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import normpath

from wrapper.spec.conflict import Conflict, repeated_words
from wrapper.spec.evaluation_consistency import evaluation_conflicts
from wrapper.spec.fields import Metric, Spec, TaskKind
from wrapper.spec.grading_consistency import grading_conflicts
from wrapper.spec.training_consistency import training_conflicts

UNPRICED_DEVICES = ("cpu", "local")  # every other device is a GPU preset, which brings its price

# metrics that cannot grade a task of this kind at all
_IMPOSSIBLE: dict[Metric, frozenset[TaskKind]] = {
    "label": frozenset(("extraction", "chat", "summarisation", "sql", "tool_call", "qa")),
    "sql": frozenset(("classification", "extraction", "chat", "summarisation", "tool_call", "qa")),
    "json_exact": frozenset(("classification", "summarisation", "sql")),
    "json_fields": frozenset(("classification", "summarisation", "sql")),
    "json_schema": frozenset(("classification", "summarisation", "sql")),
    "tool_call": frozenset(("classification", "extraction", "summarisation", "sql", "qa")),
    "number": frozenset(("summarisation", "sql", "tool_call")),
    "contains": frozenset(("sql", "tool_call")),
    "rouge_l": frozenset(("classification", "extraction", "sql", "tool_call")),
    "chrf": frozenset(("classification", "extraction", "sql", "tool_call")),
    "constraints": frozenset(("classification", "sql", "tool_call")),
}

# the metric that suits a kind of task best
FITTING_METRIC: dict[TaskKind, Metric] = {
    "classification": "label",
    "extraction": "json_fields",
    "chat": "chrf",
    "summarisation": "rouge_l",
    "sql": "sql",
    "tool_call": "tool_call",
    "qa": "exact_match_lenient",
}


def conflicts(spec: Spec) -> list[Conflict]:
    """All conflicts of a spec, in the order of its tables."""
    checks = (
        _task,
        grading_conflicts,
        _files,
        _data,
        _model,
        training_conflicts,
        evaluation_conflicts,
        _prompted,
        _budget,
    )
    return [conflict for check in checks for conflict in check(spec)]


def _task(spec: Spec) -> Iterator[Conflict]:
    task = spec.task
    if task.kind in _IMPOSSIBLE.get(task.metric, frozenset()):
        yield Conflict(
            keys=(("task", "metric"), ("task", "kind")),
            message=f"the metric `{task.metric}` cannot grade a task of kind `{task.kind}`",
            suggestion=f"use `metric: {FITTING_METRIC[task.kind]}`",
        )
    if task.labels and task.kind != "classification":
        yield Conflict(
            keys=(("task", "labels"), ("task", "kind")),
            message=f"a task of kind `{task.kind}` has no labels",
            suggestion="remove `labels`, or make it `kind: classification`",
        )
    repeated = repeated_words(task.labels)
    if repeated:
        yield Conflict(
            keys=(("task", "labels"),),
            message=f"labels given twice: {repeated}",
            suggestion="give each once",
        )
    elif len(task.labels) == 1:
        yield Conflict(
            keys=(("task", "labels"),),
            message="one label leaves nothing to decide",
            suggestion="give all labels, or leave `labels` out: they are read from the training rows",
        )
    if task.target == 0:
        yield Conflict(
            keys=(("task", "target"),),
            message="a target of 0 is reached by anything, so nothing would ever be measured or trained",
            suggestion="give the mean score, between 0 and 1, that is good enough to ship",
        )


def _files(spec: Spec) -> Iterator[Conflict]:
    """Files named for two splits; those that only a folder or glob covers are seen when they are read."""
    splits = list(spec.data.named.items())
    for index, (name, files) in enumerate(splits):
        for earlier, others in splits[:index]:
            known = set(map(normpath, others))
            shared = [file for file in files if normpath(file) in known]
            if shared:
                same = "are the same file" if len(files) == len(others) == 1 else f"share the file `{shared[0]}`"
                yield Conflict(
                    keys=(("data", name), ("data", earlier)),
                    message=f"`{name}` and `{earlier}` {same}: what was trained on cannot test",
                    suggestion=f"leave `{name}` out: rows for it are split off and frozen",
                )


def _data(spec: Spec) -> Iterator[Conflict]:
    data = spec.data
    if (data.input is None) != (data.output is None):
        given, missing = ("input", "output") if data.output is None else ("output", "input")
        yield Conflict(
            keys=(("data", given), ("data", missing)),
            message=f"`{given}` is given without `{missing}`",
            suggestion="name both fields, or neither where the shape of the file is a usual one",
        )
    if data.input is not None and data.input == data.output:
        yield Conflict(
            keys=(("data", "output"), ("data", "input")),
            message=f"`input` and `output` are the same field, `{data.input}`",
            suggestion="name the field with the gold answer as `output`",
        )
    shots = spec.task.shots
    if data.train_rows is not None and shots is not None and data.train_rows < shots:
        yield Conflict(
            keys=(("task", "shots"), ("data", "train_rows")),
            message=f"{shots} shots cannot be drawn from {data.train_rows} training rows",
            suggestion="raise `data.train_rows` or lower `task.shots`",
        )


def _model(spec: Spec) -> Iterator[Conflict]:
    if (spec.model.preset is None) == (spec.model.base is None):
        found = "neither" if spec.model.preset is None else "both"
        yield Conflict(
            keys=(("model", "base"), ("model", "preset")),
            message=f"`model` has {found} of `preset` and `base`",
            suggestion="give one: a preset (`thriftune presets ls`), or a local folder or hub id as `base`",
        )


def _prompted(spec: Spec) -> Iterator[Conflict]:
    arms = spec.evaluation.arms
    if "prompted" in arms and not spec.task.prompt.strip() and spec.task.kind != "classification":
        yield Conflict(
            keys=(("task", "prompt"), ("evaluation", "arms")),
            message="without `task.prompt`, `prompted` is the same as `base` unless rows bring a system turn",
            suggestion="give the instructions as `prompt`",
            is_warning=True,
        )


def _budget(spec: Spec) -> Iterator[Conflict]:
    budget = spec.budget
    if budget.max_usd is not None and budget.usd_per_hour is None and budget.gpu in UNPRICED_DEVICES:
        yield Conflict(
            keys=(("budget", "max_usd"), ("budget", "usd_per_hour"), ("budget", "gpu")),
            message=f"`max_usd` cannot be counted: `gpu: {budget.gpu}` has no price",
            suggestion="give `usd_per_hour` under `budget`; 0 if the device is free",
        )
    if budget.max_usd is None and budget.max_gpu_hours is None and "tuned" in spec.evaluation.arms:
        yield Conflict(
            keys=(("budget", "max_gpu_hours"), ("budget", "max_usd")),
            message="nothing caps the spend",
            suggestion="give `max_gpu_hours` or `max_usd` under `budget`",
            is_warning=True,
        )
