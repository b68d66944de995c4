"""The device of a spec on this machine: the one that is asked for, or a refusal."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from wrapper.errors import BadInput, EnvironmentFault
from wrapper.pipeline import machine
from wrapper.pipeline.machine import detect_machine


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch):
    """A machine whose driver names this GPU."""

    def has(name: str) -> None:
        answer = SimpleNamespace(stdout=f"{name}, 23034, 8.9\n")
        monkeypatch.setattr(machine, "detect_accelerator", lambda: "cuda")
        monkeypatch.setattr(machine.process, "run", lambda *_, **__: answer)

    return has


def test_the_gpu_that_is_there_brings_its_speed(driver) -> None:
    driver("NVIDIA L4")
    for asked in ("local", "l4"):
        found = detect_machine(asked)
        assert (found.accelerator, found.bf16, found.name) == ("cuda", True, "NVIDIA L4")
        assert found.tflops is not None


def test_another_gpu_than_the_one_that_is_there_would_be_counted_wrongly(driver) -> None:
    driver("NVIDIA L4")
    with pytest.raises(EnvironmentFault, match="asks for `t4`, and this machine has an `l4`") as refused:
        detect_machine("t4")
    assert refused.value.hint == "set `budget.gpu: l4`"


def test_a_gpu_that_no_preset_knows_is_taken_at_the_users_word(driver) -> None:
    driver("NVIDIA L4000 Ada")
    assert detect_machine("l4").tflops is None


@pytest.mark.parametrize("accelerator", ["cpu", "cuda"])
def test_a_name_that_nobody_knows_is_bad_input_everywhere(monkeypatch: pytest.MonkeyPatch, accelerator: str) -> None:
    monkeypatch.setattr(machine, "detect_accelerator", lambda: accelerator)
    with pytest.raises(BadInput, match="l5"):
        detect_machine("l5")


def test_a_known_gpu_is_asked_for_and_none_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "detect_accelerator", lambda: "cpu")
    with pytest.raises(EnvironmentFault, match="has no NVIDIA GPU"):
        detect_machine("t4")
