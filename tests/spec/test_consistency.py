"""Conflicts between keys: each rule, and that good specs have none."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from wrapper.spec.consistency import conflicts
from wrapper.spec.fields import ALL_ARMS, Spec

GOOD: dict[str, Any] = {
    "version": 1,
    "task": {"name": "x", "kind": "classification", "metric": "label", "target": 0.9, "prompt": "Say which."},
    "data": {"train": "train.jsonl"},
    "model": {"base": "some/model"},
    "budget": {"max_gpu_hours": 1},
}


def spec(**tables: dict[str, Any]) -> Spec:
    merged = {**GOOD, **{name: {**GOOD.get(name, {}), **table} for name, table in tables.items()}}
    return msgspec.convert(merged, Spec)


def told(found: Spec) -> list[tuple[str, str, str]]:
    return [
        (".".join(conflict.keys[0]), conflict.message, conflict.suggestion) for conflict in conflicts(found)
    ]


@pytest.mark.parametrize(
    ("tables", "key", "message", "suggestion"),
    [
        (
            {"task": {"kind": "chat"}},
            "task.metric",
            "the metric `label` cannot grade a task of kind `chat`",
            "use `metric: chrf`",
        ),
        (
            {"task": {"kind": "sql", "metric": "json_fields"}},
            "task.metric",
            "the metric `json_fields` cannot grade a task of kind `sql`",
            "use `metric: sql`",
        ),
        (
            {"task": {"kind": "extraction", "metric": "sql"}},
            "task.metric",
            "the metric `sql` cannot grade a task of kind `extraction`",
            "use `metric: json_fields`",
        ),
        (
            {"task": {"metric": "json_exact"}},
            "task.metric",
            "the metric `json_exact` cannot grade a task of kind `classification`",
            "use `metric: label`",
        ),
        (
            {"task": {"kind": "tool_call", "metric": "number"}},
            "task.metric",
            "the metric `number` cannot grade a task of kind `tool_call`",
            "use `metric: tool_call`",
        ),
        (
            {"task": {"kind": "qa", "metric": "exact_match", "labels": ["a", "b"]}},
            "task.labels",
            "a task of kind `qa` has no labels",
            "remove `labels`, or make it `kind: classification`",
        ),
        (
            {"task": {"kind": "qa", "metric": "exact_match", "grading": {"tolerance": 0.1}}},
            "task.grading.tolerance",
            "`tolerance` is not used by the metric `exact_match`",
            "remove it, or use `metric: number`",
        ),
        (
            {"task": {"kind": "qa", "metric": "regex"}},
            "task.metric",
            "the metric `regex` needs `task.grading.pattern`",
            "give `pattern` under `task.grading`, or choose another metric",
        ),
        (
            {"task": {"kind": "qa", "metric": "judge"}},
            "task.metric",
            "the metric `judge` needs `task.grading.judge`",
            "give `judge` under `task.grading`, or choose another metric",
        ),
        (
            {"task": {"kind": "qa", "metric": "regex", "grading": {"pattern": "(a"}}},
            "task.grading.pattern",
            "`pattern` is no regular expression: missing ) at position 2",
            "quote it in single quotes in YAML",
        ),
        (
            {"task": {"kind": "qa", "metric": "regex", "grading": {"pattern": "(a)|(b)"}}},
            "task.grading.pattern",
            "`pattern` has 2 groups: which is the answer?",
            "make the others `(?:...)`",
        ),
        (
            {"task": {"kind": "chat", "metric": "constraints", "grading": {"constraints": {}}}},
            "task.grading.constraints",
            "`constraints` is empty",
            "give one, such as `max_words: 50`",
        ),
        (
            {
                "task": {
                    "kind": "chat",
                    "metric": "constraints",
                    "grading": {"constraints": {"min_words": 5, "max_words": 4}},
                }
            },
            "task.grading.constraints.min_words",
            "no answer has 5 words or more and at most 4",
            "lower `min_words` or raise `max_words`",
        ),
        (
            {
                "task": {
                    "kind": "chat",
                    "metric": "constraints",
                    "grading": {"constraints": {"include": ["a"], "exclude": ["b", "a"]}},
                }
            },
            "task.grading.constraints.include",
            "both asked for and forbidden: `a`",
            "remove it from one of them",
        ),
        (
            {"task": {"kind": "chat", "metric": "constraints", "grading": {"constraints": {"matches": "["}}}},
            "task.grading.constraints.matches",
            "`matches` is no regular expression: unterminated character set at position 1",
            "quote it in single quotes in YAML",
        ),
        (
            {
                "task": {
                    "kind": "chat",
                    "metric": "constraints",
                    "grading": {"constraints": {"max_words": 4}, "aliases": {"a": ["b"]}},
                }
            },
            "task.grading.aliases",
            "`aliases` are not used by the metric `constraints`",
            "remove them, or choose a metric that compares with the gold answer",
        ),
        (
            {
                "task": {"kind": "chat", "metric": "json_schema", "grading": {"schema": "s.json"}},
                "data": {"aliases": "also"},
            },
            "data.aliases",
            "`aliases` are not used by the metric `json_schema`",
            "remove them, or choose a metric that compares with the gold answer",
        ),
        ({"task": {"labels": ["a", "b", "a"]}}, "task.labels", "labels given twice: `a`", "give each once"),
        (
            {"task": {"labels": ["a"]}},
            "task.labels",
            "one label leaves nothing to decide",
            "give all labels, or leave `labels` out: they are read from the training rows",
        ),
        (
            {"task": {"target": 0}},
            "task.target",
            "a target of 0 is reached by anything, so nothing would ever be measured or trained",
            "give the mean score, between 0 and 1, that is good enough to ship",
        ),
        (
            {"data": {"test": "train.jsonl"}},
            "data.test",
            "`test` and `train` are the same file: what was trained on cannot test",
            "leave `test` out: rows for it are split off and frozen",
        ),
        (
            {"data": {"train": ["a.jsonl", "b"], "test": "./a.jsonl"}},
            "data.test",
            "`test` and `train` share the file `./a.jsonl`: what was trained on cannot test",
            "leave `test` out: rows for it are split off and frozen",
        ),
        (
            {"data": {"input": "text", "output": "text"}},
            "data.output",
            "`input` and `output` are the same field, `text`",
            "name the field with the gold answer as `output`",
        ),
        (
            {"task": {"shots": 4}, "data": {"train_rows": 3}},
            "task.shots",
            "4 shots cannot be drawn from 3 training rows",
            "raise `data.train_rows` or lower `task.shots`",
        ),
        (
            {"model": {"base": None}},
            "model.base",
            "`model` has neither of `preset` and `base`",
            "give one: a preset (`thriftune presets ls`), or a local folder or hub id as `base`",
        ),
        (
            {"model": {"preset": "smollm2-135m"}},
            "model.base",
            "`model` has both of `preset` and `base`",
            "give one: a preset (`thriftune presets ls`), or a local folder or hub id as `base`",
        ),
        (
            {"training": {"method": "full", "reason": " "}},
            "training.method",
            "full fine-tuning costs most and needs a reason",
            "add `reason: ...` under `training`, or use `method: qlora`",
        ),
        (
            {"training": {"method": "full", "reason": "a new script", "overrides": {"lora_r": 8}}},
            "training.overrides.lora_r",
            "`lora_r` has no effect with `method: full`",
            "remove it, or use `method: lora`",
        ),
        (
            {"training": {"overrides": {"epochs": 1, "max_steps": 3}}},
            "training.overrides.max_steps",
            "`epochs` and `max_steps` both say when to stop",
            "keep one",
        ),
        (
            {"training": {"overrides": {"warmup_steps": 10, "max_steps": 10}}},
            "training.overrides.warmup_steps",
            "warm-up of 10 steps does not end within 10 steps",
            "lower `warmup_steps`: a tenth of all steps is usual",
        ),
        (
            {"evaluation": {"arms": ["base", "tuned", "base"]}},
            "evaluation.arms",
            "arms given twice: `base`",
            "give each once",
        ),
        (
            {"evaluation": {"arms": ["tuned"]}},
            "evaluation.arms",
            "`tuned` alone has nothing to be better than: no training before a baseline",
            "add a cheaper arm, such as `classical` or `few_shot`",
        ),
        (
            {"training": {"lora_variant": "dora", "method": "full", "reason": "x"}},
            "training.lora_variant",
            "`lora_variant` has no effect with `method: full`",
            "remove it, or use `method: lora`",
        ),
        (
            {"training": {"overrides": {"warmup_steps": 1}}},
            "training.overrides.warmup_steps",
            "Axolotl makes a warm-up of one step one of two",
            "give 0 or 2",
        ),
        (
            {"training": {"objective": "text"}},
            "training.objective",
            "`objective: text` has no text to train on",
            "name a file of raw text as `data.corpus`",
        ),
        (
            {"data": {"corpus": "docs.txt"}},
            "data.corpus",
            "`corpus` is not used with `objective: chat`",
            "set `training.objective: text`, or remove it",
        ),
        (
            {"training": {"backend": "trl", "kernels": ["liger"]}},
            "training.kernels",
            "`kernels` is rendered for Axolotl only",
            "use `backend: axolotl`, or remove it",
        ),
        (
            {"training": {"backend": "unsloth", "parallel": {"gpus": 2}}},
            "training.parallel",
            "`parallel` is rendered for Axolotl only",
            "use `backend: axolotl`, or remove it",
        ),
        (
            {"training": {"parallel": {"sharding": "zero3"}}},
            "training.parallel.sharding",
            "`sharding: zero3` has nobody to share with on one GPU",
            "raise `gpus`, or remove it",
        ),
        (
            {"training": {"kernels": ["flash_attention_2"], "parallel": {"gpus": 3, "context_parallel": 2}}},
            "training.parallel.context_parallel",
            "3 GPUs cannot be divided into groups of 2",
            "`gpus` times `nodes` must be a multiple of `context_parallel`",
        ),
        (
            {"training": {"parallel": {"gpus": 8, "nodes": 2}}},
            "training.parallel.nodes",
            "several machines do not find each other",
            "give `rendezvous: HOST:PORT` of the first machine, or use `launcher: ray`",
        ),
        (
            {"training": {"parallel": {"gpus": 4, "context_parallel": 2}}},
            "training.parallel.context_parallel",
            "`context_parallel` needs flash attention",
            "add `flash_attention_2` to `training.kernels`, or remove it",
        ),
        (
            {"training": {"parallel": {"gpus": 2, "rendezvous": "a:1"}}},
            "training.parallel.rendezvous",
            "`rendezvous` is used only where torchrun starts several machines",
            "remove it, or raise `nodes`",
        ),
        (
            {"training": {"parallel": {"nodes": 2, "rendezvous": "foo:99999"}}},
            "training.parallel.rendezvous",
            "`rendezvous` must be HOST:PORT, not `foo:99999`",
            "such as `10.0.0.1:29500`",
        ),
        (
            {"budget": {"max_usd": 5}},
            "budget.max_usd",
            "`max_usd` cannot be counted: `gpu: local` has no price",
            "give `usd_per_hour` under `budget`; 0 if the device is free",
        ),
    ],
)
def test_each_conflict_alone(tables: dict[str, Any], key: str, message: str, suggestion: str) -> None:
    assert told(spec(**tables)) == [(key, message, suggestion)]
    assert not any(conflict.is_warning for conflict in conflicts(spec(**tables)))


@pytest.mark.parametrize(
    ("tables", "key"),
    [
        ({"task": {"prompt": " ", "kind": "chat", "metric": "exact_match"}}, "task.prompt"),
        ({"budget": {"max_gpu_hours": None}}, "budget.max_gpu_hours"),
    ],
)
def test_each_warning_alone(tables: dict[str, Any], key: str) -> None:
    (warning,) = conflicts(spec(**tables))
    assert warning.is_warning
    assert ".".join(warning.keys[0]) == key


@pytest.mark.parametrize(
    "tables",
    [
        {},
        {"task": {"labels": ["a", "b"]}},
        {"task": {"kind": "qa", "metric": "number"}},
        {"task": {"metric": "number", "labels": ["1", "2"]}},
        {"data": {"validation": "v.jsonl", "test": "t.jsonl", "train_rows": 4}},
        {"model": {"base": None, "preset": "smollm2-135m"}},
        {
            "training": {
                "method": "full",
                "reason": "a new script",
                "overrides": {"max_steps": 20, "warmup_steps": 2},
            }
        },
        {"training": {"overrides": {"epochs": 2}}},
        {"data": {"train_rows": 1}},
        {"task": {"grading": {"aliases": {"a": ["b"]}}}},
        {"task": {"kind": "qa", "metric": "number", "grading": {"tolerance": 0.01}}, "data": {"aliases": "also"}},
        {"task": {"kind": "qa", "metric": "regex", "grading": {"pattern": "(?:is|was) (.*)"}}},
        {"task": {"kind": "qa", "metric": "regex", "grading": {"pattern": r"\d+"}}},
        {"task": {"kind": "extraction", "metric": "json_fields", "grading": {"schema": "s.json"}}},
        {"task": {"kind": "chat", "metric": "constraints", "grading": {"constraints": {"matches": "(a)(b)"}}}},
        {"task": {"metric": "function", "grading": {"function": "grade.py:score"}}},
        {"evaluation": {"arms": ["classical"]}, "budget": {"max_gpu_hours": None}},
        {"evaluation": {"arms": list(ALL_ARMS)}},
        {"budget": {"max_usd": 5, "gpu": "cpu", "usd_per_hour": 0}},
        {"budget": {"max_usd": 5, "gpu": "rtx-4090"}},
    ],
)
def test_good_specs_have_none(tables: dict[str, Any]) -> None:
    assert told(spec(**tables)) == []
