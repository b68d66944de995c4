"""Fast tests cannot start programs, reach a network or read a user's cache; real ones share environments."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from wrapper.environments import Environment, require
from wrapper.resources import worker_dir


def _refuse(*args: object, **kwargs: object) -> None:
    raise AssertionError("a fast test may not start a program or open a connection: mark it `real`")


@pytest.fixture(autouse=True)
def isolation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the user's own environment reaches a test, and a fast one reaches nothing outside."""
    for secret in ("HF_TOKEN", "RUNPOD_API_KEY", "WANDB_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(secret, raising=False)
    if request.node.get_closest_marker("real"):
        return
    monkeypatch.setenv("THRIFTUNE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("THRIFTUNE_PRESETS", str(tmp_path / "presets"))
    monkeypatch.setattr(subprocess, "Popen", _refuse)
    monkeypatch.setattr(os, "system", _refuse)
    monkeypatch.setattr(socket.socket, "connect", _refuse)


@pytest.fixture
def thriftune(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[object]:
    """Call the command line in a fresh folder: `thriftune("check", "--json")` gives click's Result."""
    from wrapper.cli import cli

    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(cli, arguments, prog_name="thriftune")

    yield call


@pytest.fixture(scope="session")
def trl_environment() -> Environment:
    """The evaluation environment; `scripts/test` installs it."""
    return require("trl", "cpu")


@pytest.fixture(scope="session")
def axolotl_environment() -> Environment:
    """Axolotl's environment; `scripts/test` installs it."""
    return require("axolotl", "cpu")


@pytest.fixture(scope="session")
def unsloth_environment() -> Environment:
    """Unsloth's environment; `scripts/test` installs it."""
    return require("unsloth", "cpu")


@pytest.fixture(scope="session")
def axolotls_messages(
    axolotl_environment: Environment, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[dict[str, tuple[str, int]]], dict[str, list[str]]]:
    """Asks Axolotl's own validator about configs, each as if on so many capable GPUs; what it refuses, by name.

    One program looks at all of them: importing Axolotl takes seconds.
    """
    code = (
        "import json, sys, validate_axolotl as own\n"
        "from pathlib import Path\n"
        "counts, folder = json.loads(sys.argv[1]), Path(sys.argv[2])\n"
        "versions = {'torch_version': '2.13.0'}\n"
        "found = [own.validate(folder / f'{number}.yaml', {**own.CAPABLE, 'n_gpu': gpus}, versions)\n"
        "         for number, gpus in enumerate(counts)]\n"
        "print('FOUND' + json.dumps(found))\n"
    )

    def ask(configs: dict[str, tuple[str, int]]) -> dict[str, list[str]]:
        folder = tmp_path_factory.mktemp("axolotl")
        for number, (text, _) in enumerate(configs.values()):
            (folder / f"{number}.yaml").write_text(text)
        quiet = {"AXOLOTL_DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(worker_dir())}
        counts = json.dumps([gpus for _, gpus in configs.values()])
        done = subprocess.run(
            [str(axolotl_environment.python), "-c", code, counts, str(folder)],
            env={**quiet, "HOME": str(folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        found = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("FOUND"))[5:])
        told = [[entry["message"] for entry in entries if entry.get("kind") != "environment"] for entries in found]
        return {name: messages for name, messages in zip(configs, told, strict=True) if messages}

    return ask
