"""What a run found, as one document: `--json` prints it, the report shows it, a file keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from wrapper.evaluation.failures import Diagnosis
from wrapper.evaluation.scores import ArmScores
from wrapper.evaluation.verdict import Verdict, arm_interval
from wrapper.ledger.records import Spend


class ArmLine(Struct, frozen=True, kw_only=True):
    """One line of the arms table; `mean` and what follows it is None where the arm was not measured.

    `seconds` is for all rows in batches; `usd_per_1000` is what 1,000 such answers cost on this device.
    """

    arm: str
    measured: bool
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    ungraded: int = 0
    seconds: float | None = None
    prompt_tokens: int = 0
    generated_tokens: int = 0
    usd_per_1000: float | None = None
    detail: str = ""


class RunResult(Struct, frozen=True, kw_only=True):
    """`outcome` is better, worse, undecided, refused, stopped, interrupted or failed.

    `gate` names the gate that refused; `saved` is what a refused training would have cost; `smoke` is what
    two steps on the longest rows measured. Without `is_priced` nobody gave the device's price, and all dollars
    are 0.
    """

    version: int = 1
    run_id: str
    task: str
    metric: str
    target: float
    outcome: str
    exit_code: int
    message: str
    next_action: str
    gate: str = ""
    arms: tuple[ArmLine, ...] = ()
    verdict: Verdict | None = None
    diagnosis: Diagnosis | None = None
    plan: dict[str, Any] | None = None
    saved: dict[str, float] | None = None
    smoke: dict[str, Any] | None = None
    spent: Spend
    spent_in_project: Spend
    is_priced: bool = True
    looks: int = 0
    overrides: dict[str, str] = {}
    training: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()
    report: str = ""
    folder: str = ""


def arm_line(scores: ArmScores, *, binary: bool, usd_per_hour: float, seed: int) -> ArmLine:
    """One measured arm as a line of the table."""
    rows = len(scores.rows)
    mean = scores.mean
    interval = arm_interval(scores, binary=binary, seed=seed) if mean is not None else None
    return ArmLine(
        arm=scores.name,
        measured=True,
        mean=mean,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        n=len(scores.graded),
        ungraded=rows - len(scores.graded),
        seconds=scores.seconds,
        prompt_tokens=sum(row.prompt_tokens for row in scores.rows),
        generated_tokens=sum(row.generated_tokens for row in scores.rows),
        usd_per_1000=scores.seconds / rows * 1000 / 3600 * usd_per_hour if rows else None,
        detail=scores.detail,
    )


def arm_lines(
    asked: Sequence[str], measured: Sequence[ArmScores], *, binary: bool, usd_per_hour: float, seed: int
) -> tuple[ArmLine, ...]:
    """The arms in the order of the ladder; one that was not climbed says so."""
    lines: list[ArmLine] = []
    for arm in asked:
        found = [scores for scores in measured if scores.arm == arm]
        lines += [arm_line(scores, binary=binary, usd_per_hour=usd_per_hour, seed=seed) for scores in found]
        if not found:
            lines.append(ArmLine(arm=arm, measured=False))
    return tuple(lines)
