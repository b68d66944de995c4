"""scripts/gpu_check: really rehearsed on the processor, and on a GPU that a driver and an interpreter pretend."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from wrapper.environments import Environment
from wrapper.presets.measured import Measured

pytestmark = pytest.mark.real
SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "gpu_check"

DRIVER = """#!/bin/sh
case "$1" in
    *memory.total*) echo 'NVIDIA H100 80GB HBM3, 81559, 9.0' ;;
    *driver_version*) echo 580.1 ;;
    *) echo 4096 ;;
esac
"""
# It answers as the workers do and trains as a backend does: 2048 tokens a row do not fit, the 8B model fails.
INTERPRETER = f"""#!{sys.executable}
import json, pathlib, re, sys

worker, *rest = sys.argv[1:]
name = pathlib.Path(worker).name
if name == "describe_device.py":
    print(json.dumps({{"failed": "", "device": "H100", "torch": "2", "cuda": "13", "runtime_gib": 0.5,
                      "nf4": {{"ok": True, "detail": ""}}, "versions": {{"torch": "2", "trl": "1"}}}}))
elif name == "make_model.py":
    folder, sizes = pathlib.Path(rest[0]), json.loads(rest[1])
    if sizes["hidden_size"] == 4096:
        sys.exit("no room for it")
    folder.mkdir()
    letters = [chr(code) for code in range(33, 127)] + ["\\u0120", "\\u010a", "<|im_end|>"]
    vocabulary = {{letter: index for index, letter in enumerate(letters)}}
    (folder / "tokenizer.json").write_text(json.dumps({{
        "version": "1.0", "added_tokens": [], "normalizer": None, "post_processor": None, "decoder": None,
        "pre_tokenizer": {{"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": True}},
        "model": {{"type": "BPE", "vocab": vocabulary, "merges": []}}}}))
    template = "{{% for m in messages %}}{{{{ m.role + m.content }}}}<|im_end|>{{% endfor %}}"
    (folder / "tokenizer_config.json").write_text(json.dumps({{"chat_template": template}}))
    print(json.dumps({{"parameters": 1235814400}}))
else:
    script = pathlib.Path(worker).read_text()
    if "max_length=2048" in script:
        sys.exit("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 GiB")
    events = pathlib.Path(re.search(r'events_file="?([^",]+)', script)[1].strip("'"))
    lines = [{{"event": "armed", "elapsed_seconds": 9}}, {{"event": "begin", "elapsed_seconds": 10.0, "step": 0}}]
    for step in range(1, 9):
        memory = {{"allocated": 3.0, "reserved": 4.0}}
        lines.append({{"event": "step", "elapsed_seconds": 10 + step / 4, "step": step, "step_seconds": 0.01,
                      "memory_gib": memory}})
        lines.append({{"event": "log", "elapsed_seconds": 10 + step / 2, "step": step, "loss": 11.7}})
    lines.append({{"event": "end", "elapsed_seconds": 15, "step": 8, "steps": 8, "stopped": ""}})
    events.write_text("".join(json.dumps(line) + "\\n" for line in lines))
"""


def call(*arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """`path` holds a driver's program; without it no GPU is seen, whatever the machine has."""
    variables = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}
    if path:
        del variables["CUDA_VISIBLE_DEVICES"]
        variables["PATH"] = f"{path}{os.pathsep}{variables['PATH']}"
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        env=variables,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture
def pretended(tmp_path: Path) -> Path:
    """A folder with the driver's program and an interpreter."""
    for name, text in (("nvidia-smi", DRIVER), ("python", INTERPRETER)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    return tmp_path


def test_the_whole_path_on_the_processor(trl_environment: Environment, tmp_path: Path) -> None:
    ended = call("--cpu-rehearsal", "--backends", "trl", "--out", str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    row = msgspec.json.decode(ended.stdout, type=Measured)
    assert (row.model, row.parameters, row.method, row.backend) == ("toy", 106816, "qlora", "trl")
    assert (row.accelerator, row.tflops, row.sequence_tokens, row.micro_batch) == ("cpu", None, 64, 2)
    assert row.runtime_gib is not None
    assert row.runtime_gib < row.peak_gib < 4
    assert "bitsandbytes 0.50" in row.source
    (file,) = tmp_path.glob("*.jsonl")
    assert msgspec.json.decode(file.read_bytes(), type=Measured) == row


def test_without_a_gpu_it_says_so() -> None:
    ended = call()
    assert ended.returncode == 4
    assert ended.stderr.startswith("error: this machine has no NVIDIA GPU\n\nhint: ")


def test_cells_that_fit_fail_and_run_out_of_memory(pretended: Path) -> None:
    out, summary = pretended / "measured", pretended / "summary.json"
    arguments = ("--backends", "trl", "--python", str(pretended / "python"), "--out", str(out))
    for _ in range(2):  # the second time its rows replace those of the first
        ended = call(*arguments, "--summary", str(summary), path=pretended)
        assert ended.returncode == 7, ended.stderr
    assert ended.stderr.startswith("NVIDIA H100 80GB HBM3, 79.6 GiB, driver 580.1\n")
    found = json.loads(summary.read_text())
    statuses = [(cell["model"], cell["sequence_tokens"], cell["status"]) for cell in found["cells"]]
    assert statuses == [
        ("1b", 512, "measured"), ("1b", 512, "measured"), ("8b", 512, "failed"), ("8b", 512, "unavailable"),
        ("1b", 2048, "out_of_memory"), ("1b", 2048, "out_of_memory"),
        ("8b", 2048, "unavailable"), ("8b", 2048, "unavailable"),
    ]  # fmt: skip
    assert "no room for it" in found["cells"][2]["message"]
    rows = [msgspec.json.decode(line, type=Measured) for line in (out / "h100-sxm.jsonl").read_bytes().splitlines()]
    assert [row.method for row in rows] == ["qlora", "lora"]
    assert {row.tokens_per_second for row in rows} == {512 * 4 / 0.5}  # the logs' pace, not that of the steps
    assert {(row.peak_gib, row.runtime_gib, row.startup_seconds, row.tflops) for row in rows} == {(4.5, 0.5, 10.0, 989)}
    assert {row.machine for row in rows} == {"NVIDIA H100 80GB HBM3"}


def test_it_ends_before_its_time_and_says_what_was_not_reached(pretended: Path) -> None:
    arguments = ("--backends", "trl", "--python", str(pretended / "python"), "--out", str(pretended / "measured"))
    ended = call(*arguments, "--max-seconds", "1", "--json", path=pretended)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    assert found["counts"] == {"not_reached": 8}


def test_an_interpreter_without_a_backend_is_told(pretended: Path) -> None:
    ended = call("--backends", "trl", "--models", "1b", "--python", sys.executable, path=pretended)
    assert ended.returncode == 4
    assert "unavailable: import torch: ModuleNotFoundError" in ended.stderr
    assert "error: no backend can train here" in ended.stderr
