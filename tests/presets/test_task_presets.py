"""Every task preset is whole, its words are the spec's, and a spec that is made by hand from it is right."""

from __future__ import annotations

from typing import get_args

import jinja2
import pytest
import yaml

from wrapper.errors import BadInput
from wrapper.evaluation.prompts import default_prompt
from wrapper.presets.files import preset_file
from wrapper.presets.task import load_task_preset, task_names, task_preset_for
from wrapper.spec.consistency import FITTING_METRIC
from wrapper.spec.fields import Metric, TaskKind
from wrapper.spec.parse import WARNING, find_faults

NAMES = task_names()

# gold answers as each kind has them
SAMPLES: dict[str, list[str]] = {
    "classification": ["refund", "delivery"],
    "extraction": ['{"amount": 3, "due": "2026-01-02"}'] * 9 + ['{"amount": 4}'],
    "chat": ["Thank you for writing to us."],
    "summarisation": ["The printer is out of paper."],
    "sql": ["SELECT name FROM users"],
    "tool_call": ['{"name":"book","arguments":{"seats":2}}'],
    "qa": ["Oslo"],
}


def prompt_of(kind: str) -> str:
    labels = SAMPLES[kind] if kind == "classification" else ()
    return default_prompt(kind, labels, SAMPLES[kind])


def test_the_presets_that_there_are():
    assert NAMES == [
        "classification", "extraction", "question-answering", "style", "summarisation", "text-to-sql", "tool-calling",
    ]  # fmt: skip


def test_every_kind_of_the_spec_has_one():
    assert sorted(load_task_preset(name).kind for name in NAMES) == sorted(get_args(TaskKind))
    assert all(task_preset_for(kind).kind == kind for kind in get_args(TaskKind))


@pytest.mark.parametrize("name", NAMES)
def test_a_spec_made_by_hand_from_it_is_right(name):
    preset = load_task_preset(name)
    assert preset.metric in get_args(Metric)
    task = {
        "name": preset.name,
        "kind": preset.kind,
        "metric": preset.metric,
        "target": 0.8,
        "prompt": prompt_of(preset.kind),
        "shots": preset.shots,
        "max_answer_tokens": preset.max_answer_tokens,
    }
    spec = {"version": 1, "task": task, "data": {"train": "rows.jsonl"}, "model": {"preset": "smollm2-135m"}}
    spec["budget"] = {"max_gpu_hours": 1, "gpu": "cpu"}
    assert find_faults(yaml.safe_dump(spec), file="thriftune.yaml") == []


@pytest.mark.parametrize("kind", get_args(TaskKind))
def test_the_metric_that_init_guesses_is_possible_too(kind):
    task = {"name": "t", "kind": kind, "metric": FITTING_METRIC[kind], "target": 0.8}
    spec = {"version": 1, "task": task, "data": {"train": "rows.jsonl"}, "model": {"preset": "smollm2-135m"}}
    faults = find_faults(yaml.safe_dump(spec), file="thriftune.yaml")
    assert [fault for fault in faults if not fault.kind.startswith(WARNING)] == []


@pytest.mark.parametrize("name", NAMES)
def test_opens_with_what_it_is_needs_and_the_command(name):
    preset = load_task_preset(name)
    lines = preset_file("tasks", name).read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith(f"# {preset.title}: ")
    assert lines[1].startswith("# Needs: ")
    keys = f"kind: {preset.kind}, metric: {preset.metric}"
    shots = "" if preset.shots == 4 else f", shots: {preset.shots}"
    assert lines[2] == (
        f"# Use it: set `task: {{{keys}{shots}}}` in thriftune.yaml, then: thriftune run thriftune.yaml"
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_prompt_renders_to_one_clean_paragraph(name):
    told = prompt_of(load_task_preset(name).kind)
    assert told.endswith(".")
    assert not {"{", "}", "\n"} & set(told)
    assert "  " not in told
    assert " ," not in told
    assert " ." not in told


def test_a_prompt_may_only_ask_for_what_the_data_shows(monkeypatch):
    monkeypatch.setattr("wrapper.evaluation.prompts.task_preset_for", lambda kind: Broken)
    with pytest.raises(jinja2.UndefinedError):
        default_prompt("qa", ())


class Broken:
    prompt = "Tables: {{ columns }}"


def test_the_target_is_said_in_words():
    for name in NAMES:
        assert not any(character.isdigit() for character in load_task_preset(name).target)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("shots: 8", "shots: 0", "$.shots"),
        ("shots: 8", "shot: 8", "shot"),
        ("metric: label", "metric: ''", "$.metric"),
        ("max_answer_tokens: 16", "max_answer_tokens: many", "$.max_answer_tokens"),
    ],
)
def test_a_broken_file_is_named_with_its_field(tmp_path, monkeypatch, old, new, told):
    text = preset_file("tasks", "classification").read_text(encoding="utf-8")
    (tmp_path / "tasks").mkdir()
    changed = text.replace(f"\n{old}", f"\n{new}").replace("name: classification", "name: broken")
    (tmp_path / "tasks" / "broken.yaml").write_text(changed, encoding="utf-8")
    monkeypatch.setattr("wrapper.presets.files.presets_dir", lambda: tmp_path)
    with pytest.raises(BadInput) as refused:
        load_task_preset("broken")
    assert "broken.yaml" in refused.value.message
    assert told in refused.value.message


def test_unknown_name():
    with pytest.raises(BadInput) as refused:
        load_task_preset("clasification")
    assert refused.value.hint == "did you mean `classification`?"
