"""What `thriftune backend` prints, whole, and its exit codes."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from wrapper.cli.backend import command
from wrapper.environments import CheckReport, CheckResult, Environment
from wrapper.environments.locate import environment_folder
from wrapper.errors import EnvironmentFault, UsageFault


@pytest.fixture(autouse=True)
def bare_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("THRIFTUNE_CACHE", str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


def installed(tmp_path, accelerator="cpu") -> Environment:
    return Environment(
        backend="trl",
        accelerator=accelerator,
        folder=tmp_path / "trl",
        python=tmp_path / "trl/bin/python",
        lock_digest="0" * 64,
    )


def test_ls_of_a_bare_machine():
    result = call("ls")
    assert result.exit_code == 0
    assert result.output == (
        "axolotl  cpu     2.3 GiB  not installed\n"
        "axolotl  cuda    5.4 GiB  not installed\n"
        "trl      cpu     1.4 GiB  not installed\n"
        "trl      cuda    5.1 GiB  not installed\n"
        "unsloth  cpu     1.7 GiB  not installed\n"
        "unsloth  cuda    5.5 GiB  not installed\n"
        "\nthis machine: cpu\n"
    )


def test_ls_as_json():
    document = json.loads(call("ls", "--json").stdout)
    assert document["accelerator"] == "cpu"
    assert document["environments"][2] == {
        "name": "trl",
        "accelerator": "cpu",
        "installed": False,
        "disk_gib": 1.4,
        "python": None,
        "torch": None,
        "folder": str(environment_folder("trl", "cpu")),
    }


@pytest.mark.parametrize("arguments", [("install", "unslot"), ("check", "unslot")])
def test_an_unknown_name(arguments):
    failure = call(*arguments).exception
    assert isinstance(failure, UsageFault)
    assert failure.message == "no backend `unslot`"
    assert failure.hint == "backends are: axolotl, trl, unsloth"


def test_check_where_nothing_is_installed():
    failure = call("check").exception
    assert isinstance(failure, EnvironmentFault)
    assert failure.hint == "thriftune backend install axolotl --cpu"


def results(*, nf4: bool) -> tuple[CheckResult, ...]:
    return (
        CheckResult(name="imports", ok=True, seconds=12.1, detail="10 imports, torch 2.13.0"),
        CheckResult(name="nf4", ok=nf4, seconds=0.1, detail="relative error 0.093" if nf4 else "sees no GPU"),
    )


def test_check_shows_each_result(tmp_path, monkeypatch):
    where = installed(tmp_path)
    monkeypatch.setattr("wrapper.environments.find", lambda name, device: where if device == "cpu" else None)
    monkeypatch.setattr(
        "wrapper.environments.check",
        lambda environment: CheckReport(environment=environment, results=results(nf4=True)),
    )
    shown = call("check", "trl")
    assert shown.exit_code == 0
    assert shown.stdout == (
        "trl cpu\n"
        "  imports   ok      12.1 s  10 imports, torch 2.13.0\n"
        "  nf4       ok       0.1 s  relative error 0.093\n"
    )
    document = json.loads(call("check", "trl", "--json").stdout)
    assert document["ok"] is True
    assert document["environments"][0]["checks"][1] == {
        "name": "nf4",
        "ok": True,
        "seconds": 0.1,
        "detail": "relative error 0.093",
    }


@pytest.mark.parametrize(
    ("accelerator", "hint"),
    [("cpu", "thriftune backend install trl --cpu --reinstall"), ("cuda", "does `nvidia-smi` show the GPU")],
)
def test_a_failed_check_ends_with_4_and_a_remedy(tmp_path, monkeypatch, accelerator, hint):
    where = installed(tmp_path, accelerator)
    monkeypatch.setattr(
        "wrapper.environments.find", lambda name, device: where if device == accelerator else None
    )
    monkeypatch.setattr(
        "wrapper.environments.check",
        lambda environment: CheckReport(environment=environment, results=results(nf4=False)),
    )
    result = call("check", "trl")
    assert "nf4       FAILED   0.1 s  sees no GPU" in result.stdout
    assert result.exit_code == 4
    assert f"hint: {hint}" in result.stderr
