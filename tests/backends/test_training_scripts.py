"""The scripts of TRL and Unsloth: valid Python that says what was planned, whatever the plan is."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from wrapper.backends import training_script, trl, unsloth
from wrapper.backends.protocol import TrainingPlan
from wrapper.errors import ThriftuneError
from wrapper.resources import worker_dir

BACKENDS = pytest.mark.parametrize("backend", [trl, unsloth], ids=["trl", "unsloth"])


def calls(text: str) -> dict[str, set[str]]:
    """Names of the functions that a script calls, with the names of their keyword arguments."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            found.setdefault(name, set()).update(keyword.arg or "" for keyword in node.keywords)
    return found


@BACKENDS
def test_every_plan_is_python_and_passes_its_own_check(backend: ModuleType, plan: TrainingPlan) -> None:
    rendered = backend.render(plan)
    assert rendered.filename == "train.py"
    assert backend.validate(rendered.text, file=rendered.filename) == []
    lines = rendered.text.splitlines()
    assert max(map(len, lines)) <= 120
    assert "\n\n\n\n" not in rendered.text
    assert len(lines) < 130  # short enough to be read before it is run


@BACKENDS
def test_one_that_says_otherwise_is_a_fault_of_thriftune(
    backend: ModuleType, cpu_qlora: TrainingPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = training_script._expected
    monkeypatch.setattr(training_script, "_expected", lambda plan: {**expected(plan), "max_steps": 65, "r": 8})
    with pytest.raises(ThriftuneError, match="training script does not say what was planned: max_steps, r"):
        backend.render(cpu_qlora)


@BACKENDS
def test_a_watched_training_writes_events_and_the_users_own_does_not(
    backend: ModuleType, cpu_qlora: TrainingPlan
) -> None:
    watched = backend.render(cpu_qlora).text
    assert calls(watched)["TrainingEvents"] == {"events_file", "stop_file", "max_seconds"}
    assert backend.train_environment(cpu_qlora)["PYTHONPATH"] == str(worker_dir())
    assert (worker_dir() / "training_events.py").is_file()
    own = replace(cpu_qlora, events_file=None, stop_file=None, max_seconds=None)
    script = backend.render(own).text
    assert "thriftune" not in script.lower() and "training_events" not in script
    assert "PYTHONPATH" not in backend.train_environment(own)


@BACKENDS
def test_only_a_training_with_validation_rows_keeps_the_best_and_stops_early(
    backend: ModuleType, cpu_qlora: TrainingPlan
) -> None:
    found = calls(backend.render(cpu_qlora).text)
    assert {"load_best_model_at_end", "eval_steps"} <= found["SFTConfig"]
    assert "EarlyStoppingCallback" in found
    text = backend.render(replace(cpu_qlora, validation_file=None, eval_steps=None)).text
    assert "EarlyStoppingCallback" not in text and "validation" not in text
    assert not {"load_best_model_at_end", "eval_steps"} & calls(text)["SFTConfig"]


@BACKENDS
def test_a_resumed_training_names_its_checkpoint(backend: ModuleType, cpu_qlora: TrainingPlan) -> None:
    checkpoint = Path("/project/adapter/checkpoint-16")
    text = backend.render(replace(cpu_qlora, resume_from=checkpoint)).text
    assert f'trainer.train(resume_from_checkpoint="{checkpoint}")' in text
    assert "trainer.train()" in backend.render(cpu_qlora).text


@BACKENDS
def test_odd_paths_stay_what_they_are(backend: ModuleType, cpu_qlora: TrainingPlan) -> None:
    odd = Path('/tmp/a "b"\\n: #c/😀\n- d\'"""')
    text = backend.render(replace(cpu_qlora, train_file=odd, output_dir=odd, model_path=odd)).text
    constants = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
    assert str(odd) in constants


@pytest.mark.parametrize(
    ("accelerator", "precision", "method", "dtype"),
    [
        ("cpu", "bf16", "qlora", "bfloat16"),
        ("cpu", "fp32", "lora", "float32"),
        ("cpu", "bf16", "full", "float32"),
        ("cuda", "bf16", "full", "bfloat16"),
        ("cuda", "fp16", "full", "float32"),
        ("cuda", "fp16", "qlora", "float16"),
    ],
)
def test_the_type_of_the_weights(
    cpu_qlora: TrainingPlan, accelerator: str, precision: str, method: str, dtype: str
) -> None:
    plan = replace(cpu_qlora, accelerator=accelerator, precision=precision, method=method)
    assert training_script.weights_dtype(plan) == dtype
    assert f"dtype=torch.{dtype}" in trl.render(plan).text


def test_what_each_method_needs_and_no_more(cpu_qlora: TrainingPlan, cuda_lora: TrainingPlan) -> None:
    qlora, lora = calls(trl.render(cpu_qlora).text), calls(trl.render(cuda_lora).text)
    full = calls(trl.render(replace(cuda_lora, method="full")).text)
    assert ("BitsAndBytesConfig" in qlora, "BitsAndBytesConfig" in lora) == (True, False)
    assert ("LoraConfig" in qlora, "LoraConfig" in lora, "LoraConfig" in full) == (True, True, False)
    assert "FastLanguageModel.get_peft_model" in calls(unsloth.render(cuda_lora).text)
    assert "FastLanguageModel.get_peft_model" not in calls(unsloth.render(replace(cuda_lora, method="full")).text)


def test_unsloth_is_imported_before_what_it_changes(plan: TrainingPlan) -> None:
    imports = [
        node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.parse(unsloth.render(plan).text).body
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert imports[0] == "unsloth"


def test_the_trainers_talk_to_nobody(cpu_qlora: TrainingPlan) -> None:
    assert unsloth.train_environment(cpu_qlora)["UNSLOTH_DISABLE_STATISTICS"] == "1"
    for backend in (trl, unsloth):
        variables = backend.train_environment(cpu_qlora)
        assert (variables["HF_HUB_OFFLINE"], variables["WANDB_DISABLED"]) == ("1", "true")
        assert 'report_to="none"' in backend.render(cpu_qlora).text


def test_text_that_is_no_python_is_a_fault_with_its_line() -> None:
    (fault,) = trl.validate("import torch\nmodel = (\n", file="train.py")
    assert (fault.kind, fault.file, fault.line) == ("syntax", "train.py", 2)


@pytest.mark.real
@BACKENDS
def test_ruff_finds_nothing_in_them(backend: ModuleType, plan: TrainingPlan, tmp_path: Path) -> None:
    """No name is missing, no import is unused, and it is formatted as a person would."""
    script = tmp_path / "train.py"
    script.write_text(backend.render(plan).text, encoding="utf-8")
    for command in (("check", "--select", "E,F,W,B", "--ignore", "E402,B905"), ("format", "--check", "--diff")):
        arguments = [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "120", str(script)]
        found = subprocess.run(arguments, capture_output=True, text=True, check=False)
        assert found.returncode == 0, found.stdout + found.stderr
