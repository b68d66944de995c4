"""What a run prints at its end, whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from wrapper.cli.table import result_text, table
from wrapper.evaluation.scores import ArmScores, Grade, RowScore
from wrapper.evaluation.verdict import decide
from wrapper.ledger.records import Spend
from wrapper.pipeline.results import ArmLine, RunResult


def scores(arm: str, right: int) -> ArmScores:
    rows = tuple(RowScore(row_id=str(n), response="", grade=Grade(score=float(n < right))) for n in range(40))
    return ArmScores(arm=arm, metric="m", rows=rows, seconds=4.0)


def line(arm: str, mean: float | None, **more: object) -> ArmLine:
    known: dict[str, object] = {"low": 0.1, "high": 0.9, "n": 40, "seconds": 2.0, "usd_per_1000": 0.05}
    return ArmLine(arm=arm, measured=True, mean=mean, **(known | more))


def result(**changes: object) -> RunResult:
    known: dict[str, object] = {
        "run_id": "r",
        "task": "slots",
        "metric": "json_fields",
        "target": 0.8,
        "outcome": "better",
        "exit_code": 0,
        "message": "tuned is better",
        "next_action": "export",
        "arms": (
            line("classical", 0.125, detail="nearest row"),
            line("prompted", None, low=None, high=None, n=0),
            ArmLine(arm="rag", measured=False),
            line("tuned", 0.875, seconds=52.25, usd_per_1000=12.5),
        ),
        "spent": Spend(usd=0.5, gpu_hours=0.1),
        "spent_in_project": Spend(usd=1.25, gpu_hours=2.0),
        "report": "/elsewhere/report.html",
        "folder": "/elsewhere",
    }
    return RunResult(**(known | changes))


def test_a_verdict_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    verdict = decide(scores("tuned", 35), [scores("classical", 5)], binary=True, target=0.8, seed=0)
    found = result(verdict=verdict, training={"adapter": str(tmp_path / "runs" / "adapter")})
    assert (
        result_text(found)
        == """\
slots: json_fields, target 0.8

arm                            score   95 % interval   n  seconds  $ per 1,000
classical, nearest row         0.125  0.100 to 0.900  40      2.0       0.0500
prompted                  not graded                   0
rag                     not measured
tuned                          0.875  0.100 to 0.900  40     52.2      12.5000

better: tuned is better
tuned scores 0.875 and reaches the target 0.8
spent: $0.5000 and 6.0 device minutes in this run, $1.2500 in this project
next: export
adapter: runs/adapter
report: /elsewhere/report.html"""
    )


def test_a_refusal_says_what_was_not_spent() -> None:
    text = result_text(result(outcome="refused", message="not needed", saved={"seconds": 600.0, "usd": 0.5}))
    assert "refused: not needed\nnot spent: about 10 minutes of training, $0.5000\nspent:" in text
    assert "adapter" not in text and "tuned scores" not in text


def test_below_the_target() -> None:
    verdict = decide(scores("tuned", 30), [scores("classical", 5)], binary=True, target=0.8, seed=0)
    assert "tuned scores 0.750 and is below the target 0.8" in result_text(result(verdict=verdict))


def test_columns() -> None:
    assert table([("a", "bb"), ("ccc", "d")]) == ["a    bb", "ccc   d"]
    assert table([("only", "")]) == ["only"]
