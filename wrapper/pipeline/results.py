"""What a run found, as one document: `--json` prints it, the report shows it, a file keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from wrapper.evaluation.aggregates import aggregates, confusions
from wrapper.evaluation.failures import Diagnosis
from wrapper.evaluation.judge import Tally
from wrapper.evaluation.scores import ArmScores
from wrapper.evaluation.verdict import Verdict, arm_interval
from wrapper.ledger.records import Spend
from wrapper.pipeline.forgetting import Forgotten
from wrapper.pipeline.prompt_choice import PromptChoice

_CONFUSIONS = 10


class ArmLine(Struct, frozen=True, kw_only=True):
    """One line of the arms table; `mean` and what follows it is None where the arm was not measured.

    Of `prompts_cut` rows the model saw only the end of the prompt, which was longer than its context;
    `answers_cut` are at the most tokens that they may have, `answers_filtered` were refused by a content filter.
    `seconds` is for all rows in batches; `usd_per_1000` is what 1,000 such answers cost on this device, or asked of
    their endpoint. `aggregates` are other measures of the same answers, such as macro F1; `confusions` are the
    commonest of gold and given label, and how often.
    """

    arm: str
    measured: bool
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    ungraded: int = 0
    prompts_cut: int = 0
    answers_cut: int = 0
    answers_filtered: int = 0
    answers_empty: int = 0
    seconds: float | None = None
    prompt_tokens: int = 0
    generated_tokens: int = 0
    usd_per_1000: float | None = None
    detail: str = ""
    aggregates: dict[str, float] = {}
    confusions: tuple[tuple[str, str, int], ...] = ()


class RunResult(Struct, frozen=True, kw_only=True):
    """`outcome` is better, worse, undecided, refused, stopped, interrupted or failed.

    `prompt` is the one that the model was trained with, `prompt_choice` the one that the untuned arms used, and
    `detectable` says in words what the test rows can show. `forgotten` are lm-eval's tasks, before and after.
    `gate` names the gate that refused; `saved` is what a refused training would have cost; `smoke` is what
    two steps on the longest rows measured; `judge` is what was asked of the judge model,
    `position_bias` the share of its `judged_rows` that the order of the answers decided. Without `is_priced` nobody
    gave the device's price, and its dollars are 0.
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
    prompt: str = ""
    prompt_choice: PromptChoice | None = None
    detectable: str = ""
    forgotten: tuple[Forgotten, ...] = ()
    train_digest: str = ""
    plan: dict[str, Any] | None = None
    saved: dict[str, float] | None = None
    smoke: dict[str, Any] | None = None
    spent: Spend
    spent_in_project: Spend
    is_priced: bool = True
    looks: int = 0
    overrides: dict[str, str] = {}
    training: dict[str, Any] | None = None
    judge: Tally | None = None
    position_bias: float | None = None
    judged_rows: int = 0
    notes: tuple[str, ...] = ()
    report: str = ""
    folder: str = ""


def arm_line(
    scores: ArmScores, golds: Mapping[str, str], *, binary: bool, usd_per_hour: float, seed: int
) -> ArmLine:
    """One measured arm as a line of the table; `golds` are the gold answers by row id."""
    rows = len(scores.rows)
    mean = scores.mean
    interval = arm_interval(scores, binary=binary, seed=seed) if mean is not None else None
    graded = [(golds[row.row_id], row) for row in scores.rows]
    usd = scores.seconds / 3600 * usd_per_hour if scores.usd is None else scores.usd
    return ArmLine(
        arm=scores.name,
        measured=True,
        mean=mean,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        n=len(scores.graded),
        ungraded=rows - len(scores.graded),
        prompts_cut=scores.prompts_cut,
        answers_cut=scores.answers_cut,
        answers_filtered=scores.answers_filtered,
        answers_empty=scores.answers_empty,
        seconds=scores.seconds,
        prompt_tokens=sum(row.prompt_tokens for row in scores.rows),
        generated_tokens=sum(row.generated_tokens for row in scores.rows),
        usd_per_1000=usd / rows * 1000 if rows else None,
        detail=scores.detail,
        aggregates=aggregates(scores.metric, graded),
        confusions=confusions(graded).pairs[:_CONFUSIONS] if scores.metric == "label" else (),
    )


def arm_lines(
    asked: Sequence[str],
    measured: Sequence[ArmScores],
    golds: Mapping[str, str],
    *,
    binary: bool,
    usd_per_hour: float,
    seed: int,
) -> tuple[ArmLine, ...]:
    """The arms in the order of the ladder; one that was not climbed says so."""
    lines: list[ArmLine] = []
    for arm in asked:
        found = [scores for scores in measured if scores.arm == arm]
        lines += [arm_line(scores, golds, binary=binary, usd_per_hour=usd_per_hour, seed=seed) for scores in found]
        if not found:
            lines.append(ArmLine(arm=arm, measured=False))
    return tuple(lines)
