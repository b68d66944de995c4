"""Configs of `unsloth train`, whoever wrote them, and the one that thriftune exports."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from wrapper.backends import unsloth
from wrapper.backends.protocol import TrainingPlan
from wrapper.backends.unsloth_checks import find_faults
from wrapper.environments import Environment
from wrapper.environments.validator import ask_backend
from wrapper.errors import Fault, ThriftuneError

BASE = """\
model: unsloth/Llama-3.2-1B-Instruct
data:
  local_dataset: [rows.jsonl]
training:
  learning_rate: 2.0e-4
  max_steps: 60
lora:
  lora_r: 16
"""

VALID = {
    "plain": BASE,
    "levelled spellings": BASE.replace("max_steps: 60", "max_steps: '60'\n  training_type: LoRA")
    + "logging: {enable_wandb: 'no'}\n",
    "checkpointing as a truth": BASE.replace("max_steps: 60", "max_steps: 60\n  gradient_checkpointing: true"),
    "checkpointing off": BASE.replace("max_steps: 60", "max_steps: 60\n  gradient_checkpointing: 'OFF'"),
    "a hub data set": BASE.replace("local_dataset: [rows.jsonl]", "dataset: yahma/alpaca-cleaned"),
    "epochs": BASE.replace("max_steps: 60", "num_epochs: 2"),
    "full": BASE.replace("max_steps: 60", "max_steps: 60\n  training_type: full").replace("lora:\n  lora_r: 16\n", ""),
}

FAULTY = {
    "a typo": ("lora:\n  lora_r: 16", "lora:\n  lora_rr: 16", "unknown_key", 8, "did you mean `lora_r`?"),
    "the wrong table": ("training:\n", "training:\n  lora_alpha: 8\n", "unknown_key", 5, "belongs under `lora`"),
    "another program's key": ("model:", "base_model:", "unknown_key", 1, "did you mean `model`?"),
    "a type": ("max_steps: 60", "max_steps: many", "type", 6, ""),
    "a choice": ("data:\n", "data:\n  format_type: chatlm\n", "value", 3, "did you mean `chatml`?"),
    "no model": ("model: unsloth/Llama-3.2-1B-Instruct\n", "", "missing", 1, "give a hub id"),
    "no data": ("  local_dataset: [rows.jsonl]\n", "  format_type: auto\n", "missing", 2, "give a hub id"),
    "two sources": ("data:\n", "data:\n  dataset: a/b\n", "cross_field", 3, "keep one"),
    "an absolute folder": ("max_steps: 60", "max_steps: 60\n  output_dir: /tmp/x", "cross_field", 7, "a name such as"),
    "a folder above": ("max_steps: 60", "max_steps: 60\n  output_dir: ../x", "cross_field", 7, "a name such as"),
    "a negative rate": ("2.0e-4", "-1.0", "value", 5, ""),
    "rank 0": ("lora_r: 16", "lora_r: 0", "value", 8, ""),
    "nothing to do": ("max_steps: 60", "num_epochs: 0", "cross_field", 6, "give one"),
    "a long warm-up": ("max_steps: 60", "max_steps: 60\n  warmup_steps: 60", "cross_field", 7, "a tenth"),
    "LoftQ in 4 bits": ("lora_r: 16", "lora_r: 16\n  use_loftq: true", "cross_field", 9, "load_in_4bit: false"),
    "completions of raw text": (
        "max_steps: 60",
        "max_steps: 60\n  train_on_completions: true\ndata: {dataset: a/b, format_type: raw}",
        "cross_field",
        7,
        "give chats",
    ),
}


def errors(faults: list[Fault]) -> list[Fault]:
    return [fault for fault in faults if not fault.kind.startswith("warning_")]


@pytest.mark.parametrize("text", VALID.values(), ids=VALID.keys())
def test_what_unsloth_accepts_is_valid(text: str) -> None:
    assert errors(find_faults(text, file="u.yaml")) == []


@pytest.mark.parametrize(("old", "new", "kind", "line", "remedy"), FAULTY.values(), ids=FAULTY.keys())
def test_a_planted_fault_is_found_at_its_line(old: str, new: str, kind: str, line: int, remedy: str) -> None:
    assert old in BASE
    found = [fault for fault in errors(find_faults(BASE.replace(old, new), file="u.yaml")) if fault.kind == kind]
    assert [fault.line for fault in found] == [line]
    assert remedy in found[0].suggestion


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("max_steps: 60", "max_steps: 60\n  num_epochs: 3", 7),
        ("max_steps: 60", "max_steps: 60\n  training_type: full\n  load_in_4bit: true", 8),
        ("lora:", "logging: {hf_token: abc}\nlora:", 7),
    ],
)
def test_what_does_nothing_or_is_unwise_is_a_warning(old: str, new: str, line: int) -> None:
    faults = find_faults(BASE.replace(old, new), file="u.yaml")
    assert errors(faults) == []
    assert line in [fault.line for fault in faults]
    assert not any("abc" in str(fault) for fault in faults)


def test_all_faults_at_once_in_their_order() -> None:
    text = BASE.replace("lora_r", "lora_rr").replace("2.0e-4", "fast").replace("model:", "modell:")
    lines = [fault.line for fault in find_faults(text, file="u.yaml")]
    assert lines == sorted(lines)
    assert set(lines) == {1, 5, 8}


def test_text_that_is_no_yaml_gives_its_syntax_fault() -> None:
    (fault,) = find_faults("model: [a\n", file="u.yaml")
    assert fault.kind == "syntax"


def test_the_export_is_valid_and_says_what_it_leaves_out(plan: TrainingPlan) -> None:
    export = unsloth.export(plan)
    assert export.filename == "unsloth.yaml"
    assert find_faults(export.text, file=export.filename) == []
    assert any("validate" in words for words in export.left_out)
    assert any("budget" in words for words in export.left_out)
    config = yaml.safe_load(export.text)
    assert ("lora" in config) == (plan.method != "full")


def test_an_export_that_says_otherwise_is_a_fault(cpu_qlora: TrainingPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = unsloth._expected
    monkeypatch.setattr(unsloth, "_expected", lambda plan: {**expected(plan), "batch_size": 3})
    with pytest.raises(ThriftuneError, match="Unsloth config does not say what was planned: batch_size"):
        unsloth.export(cpu_qlora)


@pytest.mark.real
class TestUnslothsOwnCommand:
    """Its `--dry-run` and ours agree, where it looks at all."""

    def dry_run(self, text: str, environment: Environment, folder: Path) -> int:
        config = folder / "u.yaml"
        config.write_text(text)
        argv = [str(environment.python), "-m", "unsloth_cli", "train", "--config", str(config), "--dry-run"]
        return subprocess.run(argv, capture_output=True, check=False).returncode

    def test_the_export_passes(self, plan: TrainingPlan, unsloth_environment: Environment, tmp_path: Path) -> None:
        assert self.dry_run(unsloth.export(plan).text, unsloth_environment, tmp_path) == 0

    @pytest.mark.parametrize("text", VALID.values(), ids=VALID.keys())
    def test_what_we_call_valid_it_accepts(self, text: str, unsloth_environment: Environment, tmp_path: Path) -> None:
        assert self.dry_run(text, unsloth_environment, tmp_path) == 0

    @pytest.mark.parametrize("name", ["a typo", "the wrong table", "another program's key", "a type", "a choice"])
    def test_its_refusals_are_ours_and_are_told_once(self, name: str, unsloth_environment: Environment) -> None:
        old, new, kind, line, _ = FAULTY[name]
        text = BASE.replace(old, new)
        known = errors(find_faults(text, file="u.yaml"))
        assert (kind, line) in [(fault.kind, fault.line) for fault in known]
        assert ask_backend(text, file="u.yaml", environment=unsloth_environment, known=known) == []
        (more,) = ask_backend(text, file="u.yaml", environment=unsloth_environment, known=[])
        assert (more.kind, more.line) == ("backend", line)


@pytest.mark.real
def test_the_schema_is_that_of_the_installed_unsloth(unsloth_environment: Environment) -> None:
    from wrapper.backends.unsloth_checks.validation import config_schema
    from wrapper.resources import worker_dir

    argv = [str(unsloth_environment.python), str(worker_dir() / "unsloth_schema.py")]
    made = json.loads(subprocess.run(argv, capture_output=True, check=True).stdout)
    assert made["schema"] == config_schema()


def test_a_script_is_read_as_python(cpu_qlora: TrainingPlan) -> None:
    assert unsloth.validate(unsloth.render(replace(cpu_qlora, steps=3)).text, file="train.py") == []


def test_what_the_export_leaves_out_follows_the_plan(cpu_qlora: TrainingPlan) -> None:
    chat, text = unsloth.export(cpu_qlora), unsloth.export(replace(cpu_qlora, objective="text"))
    eight = unsloth.export(replace(cpu_qlora, method="lora_8bit"))
    assert any("ends a turn" in words for words in chat.left_out)
    assert not any("ends a turn" in words for words in text.left_out)
    assert any(words.startswith("8-bit weights") for words in eight.left_out)
    assert not any("8-bit" in words for words in chat.left_out)
