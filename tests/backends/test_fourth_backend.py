"""An exercise: a fourth backend takes one module, one template, one lock and one line in the registry."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from wrapper import resources
from wrapper.backends import get_backend
from wrapper.backends.protocol import TrainingPlan
from wrapper.registry import BACKENDS
from wrapper.spec.parse import parse_spec
from wrapper.spec.schema import spec_schema

MODULE = '''
"""Tinytune: a trainer that reads JSON."""

import json
from hashlib import sha256

from wrapper.backends.protocol import RenderedConfig, hold_against_plan
from wrapper.errors import Fault
from wrapper.render import yaml_template

NAME = "tinytune"


def render(plan):
    text = yaml_template("tinytune/train.json.j2").render(plan=plan)
    expected = {"steps": plan.steps, "rate": plan.learning_rate, "rank": plan.lora_r}
    hold_against_plan(json.loads(text), expected, "tinytune config")
    return RenderedConfig(filename="tiny.json", text=text, digest=sha256(text.encode()).hexdigest())


def export(plan):
    return None


def validate(text, *, file):
    try:
        json.loads(text)
    except ValueError as error:
        return [Fault(kind="syntax", message=str(error), file=file)]
    return []


def validator_argv(python, config):
    return None


def train_argv(python, config, plan):
    return [str(python), "-m", "tinytune", str(config)]


def train_environment(plan):
    return {"TINYTUNE_OFFLINE": "1"}
'''
TEMPLATE = """\
{"model": {{ plan.model_path | yaml }}, "steps": {{ plan.steps | yaml }},
 "rate": {{ plan.learning_rate | yaml }}, "rank": {{ plan.lora_r | yaml }}}
"""


@pytest.fixture
def tinytune(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The four things, in a copy of what travels with thriftune."""
    from wrapper.render import environment

    templates, presets = tmp_path / "templates", tmp_path / "presets"
    shutil.copytree(resources.templates_dir(), templates)
    shutil.copytree(resources.presets_dir() / "locks", presets / "locks")
    (tmp_path / "tinytune_backend.py").write_text(MODULE)
    (templates / "tinytune").mkdir()
    (templates / "tinytune" / "train.json.j2").write_text(TEMPLATE)
    (presets / "locks" / "tinytune-cpu.lock").write_text("torch==2.13.0\n")
    monkeypatch.setitem(BACKENDS, "tinytune", "tinytune_backend")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(environment, "templates_dir", lambda: templates)
    monkeypatch.setattr("wrapper.environments.locate.presets_dir", lambda: presets)
    environment._plain_environment.cache_clear()
    yield
    environment._plain_environment.cache_clear()
    sys.modules.pop("tinytune_backend", None)


def test_it_is_a_backend_like_the_others(tinytune: None, plan: TrainingPlan) -> None:
    from wrapper.environments import environment_names

    backend = get_backend("tinytune")
    rendered = backend.render(plan)
    assert json.loads(rendered.text)["rank"] == plan.lora_r
    assert backend.validate(rendered.text, file=rendered.filename) == []
    assert backend.train_argv(Path("/p"), Path("/c"), replace(plan))[-1] == "/c"
    assert "tinytune" in environment_names()


def test_a_spec_that_names_an_unknown_backend_is_told_all_that_are_known() -> None:
    assert spec_schema()["$defs"]["Training"]["properties"]["backend"]["enum"] == sorted(BACKENDS)
    text = (
        "version: 1\ntask: {name: t, kind: qa, metric: exact_match, target: 0.5}\ndata: {train: t.jsonl}\n"
        "model: {preset: smollm2-135m}\nbudget: {gpu: cpu, max_gpu_hours: 1}\ntraining: {backend: trl}\n"
    )
    assert parse_spec(text, file="s.yaml").training.backend == "trl"
