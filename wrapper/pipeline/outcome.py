"""How a climb ended, in words and as the result document, and the report that is made from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from wrapper.errors import BudgetReached, GateRefused, Interrupted, ThriftuneError
from wrapper.evaluation.judge import position_bias
from wrapper.evaluation.scores import ArmScores
from wrapper.evaluation.statistics import LEVEL
from wrapper.evaluation.verdict import Verdict, need
from wrapper.pipeline.climb import Climb
from wrapper.pipeline.judging import BudgetedJudge
from wrapper.pipeline.planning import is_priced
from wrapper.pipeline.results import RunResult, arm_lines
from wrapper.pipeline.run import key_of
from wrapper.pipeline.smoke import Smoke
from wrapper.plan.describe import as_document
from wrapper.report.page import write_report


def status_of(outcome: str) -> str:
    ended = ("refused", "stopped", "interrupted", "failed")
    return outcome if outcome in ended else "done"


def _outcome(climb: Climb, failure: ThriftuneError | None) -> tuple[str, int, str, str]:
    """Outcome, exit code, message, next action."""
    if isinstance(failure, GateRefused):
        return "refused", failure.exit_code, failure.message, failure.hint
    if isinstance(failure, BudgetReached):
        return "stopped", failure.exit_code, failure.message, failure.hint
    if isinstance(failure, Interrupted):
        return "interrupted", failure.exit_code, failure.message, failure.hint
    if failure is not None:
        return "failed", failure.exit_code, failure.message, failure.hint
    verdict = climb.verdict
    if verdict is None:
        done = "the cheaper rungs were measured"
        if climb.trained:
            done = "the adapter was trained"
        elif climb.smoke:
            minutes = climb.smoke.projected_seconds / 60
            done = f"the smoke run passed: the training would take up to {minutes:.1f} minutes"
        return "measured", 0, done, _next_step(climb)
    lost = [one.task for one in climb.forgotten if one.outcome == "lost"]
    unsure = [one.task for one in climb.forgotten if one.outcome == "undecided"]
    if lost and verdict.outcome == "better":
        told = f"{verdict_text(verdict)}; but it forgot: worse than before on {', '.join(lost)}"
        next_action = "do not ship it yet: mix general rows into training, or lower the learning rate"
        return verdict.outcome, 5, told, next_action
    told, next_action = verdict_text(verdict), verdict.next_action
    if unsure and verdict.outcome == "better":
        told += f"; whether it forgot is not decided on {', '.join(unsure)}"
        next_action += "; give `evaluation.regression` more rows first"
    return verdict.outcome, 0 if verdict.outcome == "better" else 5, told, next_action


def _next_step(climb: Climb) -> str:
    """What is worth doing where the climb ended without a verdict."""
    spec = climb.run.loaded.spec
    found = need(climb.cheaper, spec.task.target, climb.grader.binary if climb.grader else True)
    if found.reached_by and not climb.trained:
        return f"ship `{found.reached_by}`: {found.reason}"
    if found.refuse and not climb.trained:
        return found.reason
    if "tuned" not in climb.arms:
        return "add `tuned` to `evaluation.arms` to train: no cheaper rung reaches the target"
    return f"`thriftune run {climb.run.loaded.path}` goes on from here to the verdict"


def verdict_text(verdict: Verdict) -> str:
    """The verdict in one sentence, with the p that it goes by: corrected where it is of a worse arm."""
    one = verdict.deciding
    is_best = one.arm == verdict.best_cheaper
    against = f"the best cheaper arm, `{one.arm}`" if is_best else f"a cheaper arm, `{one.arm}`"
    behind = one.difference < 0 and one.p < LEVEL  # then Holm's correction decides
    arms = len(verdict.comparisons)
    corrected = f" after correction for {arms} cheaper arms (Holm)" if behind and arms > 1 else ""
    numbers = (
        f"{one.difference:+.3f} (95 % interval {one.low:+.3f} to {one.high:+.3f}, "
        f"p = {one.p_holm if behind else one.p:.2g}, {one.rows} rows, {one.wins} won and {one.losses} lost)"
    )
    if verdict.outcome == "better":
        return f"tuned is better than every cheaper arm: {numbers} against {against}"
    if verdict.outcome == "worse":
        return f"tuned is worse than a cheaper arm{corrected}: {numbers} against {against}"
    more = f"; about {verdict.rows_needed} more test rows would decide it" if verdict.rows_needed else ""
    return f"no difference was shown{corrected}: {numbers} against {against}{more}"


def _smoke_document(smoke: Smoke) -> dict[str, Any]:
    return {
        "step_seconds": smoke.step_seconds,
        "start_seconds": smoke.start_seconds,
        "memory_gib": smoke.memory_gib,
        "projected_seconds": round(smoke.projected_seconds, 1),
    }


def _golds(climb: Climb) -> dict[str, str]:
    return {row.row_id: row.answer for row in climb.prepared.test} if climb.prepared else {}


def result_of(climb: Climb, failure: ThriftuneError | None) -> RunResult:
    run, spec = climb.run, climb.run.loaded.spec
    outcome, code, message, action = _outcome(climb, failure)
    measured: Sequence[ArmScores] = [*climb.cheaper, *climb.tuned]
    binary = climb.grader.binary if climb.grader else True
    plan = climb.planned.plan if climb.planned else None
    saved: dict[str, float] | None = None
    if isinstance(failure, GateRefused) and failure.gate == "need" and plan:
        saved = {"seconds": plan.estimate.seconds.likely, "usd": plan.estimate.usd.likely}
    summary: dict[str, Any] | None = climb.trained.summary if climb.trained else None
    bias, judged = position_bias(row.grade for arm in measured for row in arm.rows)
    ledger = run.project.ledger
    result = RunResult(
        run_id=run.run_id,
        task=spec.task.name,
        metric=spec.task.metric,
        target=spec.task.target,
        outcome=outcome,
        exit_code=code,
        message=message,
        next_action=action,
        gate=failure.gate if isinstance(failure, GateRefused) else "",
        arms=arm_lines(
            climb.arms, measured, _golds(climb), binary=binary, usd_per_hour=run.usd_per_hour, seed=spec.data.seed
        ),
        verdict=climb.verdict,
        diagnosis=climb.diagnosis,
        prompt=climb.system_prompt,
        prompt_choice=climb.prompt_choice,
        detectable=climb.detectable,
        forgotten=tuple(climb.forgotten),
        train_digest=key_of([row.row_id for row in climb.prepared.train]) if climb.prepared else "",
        plan=as_document(plan) if plan else None,
        saved=saved,
        smoke=_smoke_document(climb.smoke) if climb.smoke else None,
        is_priced=is_priced(spec.budget),
        spent=ledger.spent(run.run_id),
        spent_in_project=ledger.spent(),
        looks=ledger.looks(climb.prepared.digest) if climb.prepared else 0,
        overrides=dict(run.passed),
        training={**summary, "adapter": str(climb.trained.adapter)} if summary and climb.trained else None,
        judge=climb.grader.grader.tally if isinstance(climb.grader, BudgetedJudge) else None,
        position_bias=bias,
        judged_rows=judged,
        notes=climb.prepared.notes if climb.prepared else (),
        folder=str(run.folder),
        report=str(run.folder / "report.html"),
    )
    run.folder.mkdir(parents=True, exist_ok=True)
    (run.folder / "result.json").write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2))
    write_report(msgspec.to_builtins(result), run.folder / "report.html")
    return result
