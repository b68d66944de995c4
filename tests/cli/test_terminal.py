"""Progress goes to stderr, a line a step; a log without a terminal gets a line now and then."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from wrapper.cli import terminal
from wrapper.cli.terminal import Terminal


def test_lines(capsys: pytest.CaptureFixture[str]) -> None:
    told = Terminal()
    told.step("data", "300 rows", seconds=1.26)
    told.step("prompted (likelihood)", "0.325", seconds=9, reused=True)
    told.step("graders", "fine")
    told.note("a note")
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        "data                             300 rows  1.3 s\n"
        "prompted (likelihood)            0.325  as before\n"
        "graders                          fine\n"
        "  a note\n"
    )


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 100))
    monkeypatch.setattr(terminal, "time", SimpleNamespace(monotonic=lambda: float(next(clock))))
    told = Terminal(quiet=True)
    told.step("data", "x")
    told.note("x")
    with told.bar("training") as bar:
        bar.update(1, 2, "x")
    assert capsys.readouterr() == ("", "")


def test_a_plain_bar_tells_every_twenty_seconds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 5.0, 21.0, 21.0, 30.0, 42.0, 42.0])
    monkeypatch.setattr(terminal, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    with Terminal().bar("training") as bar:
        for step in range(1, 5):
            bar.update(step, 64, f"loss {step}")
    assert capsys.readouterr().err == "  training 2 of 64, loss 2\n  training 4 of 64, loss 4\n"


def test_a_live_bar_takes_any_text(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with Terminal().bar("training") as bar:
        bar.update(0, 0, "[/not markup]")
        bar.update(3, 64, "loss 0.5")
    assert capsys.readouterr().out == ""
