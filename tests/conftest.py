"""Fast tests cannot start programs, reach a network or read a user's cache; real ones share environments."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from wrapper.environments import Environment, require


def _refuse(*args: object, **kwargs: object) -> None:
    raise AssertionError("a fast test may not start a program or open a connection: mark it `real`")


@pytest.fixture(autouse=True)
def isolation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the user's own environment reaches a test, and a fast one reaches nothing outside."""
    for secret in ("HF_TOKEN", "RUNPOD_API_KEY", "WANDB_API_KEY"):
        monkeypatch.delenv(secret, raising=False)
    if request.node.get_closest_marker("real"):
        return
    monkeypatch.setenv("THRIFTUNE_CACHE", str(tmp_path / "cache"))
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
