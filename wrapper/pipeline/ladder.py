"""The ladder: one function a step, the gates between, no rung climbed if the one below is enough."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from wrapper import process
from wrapper.data.prepare import Prepared
from wrapper.environments import Environment, require
from wrapper.errors import BudgetReached, GateRefused, Interrupted, ThriftuneError
from wrapper.evaluation.arms import ArmSetting
from wrapper.evaluation.graders import Grader
from wrapper.evaluation.scores import ArmScores
from wrapper.evaluation.session import EvaluationSetting
from wrapper.evaluation.verdict import Verdict, decide, need
from wrapper.models import ModelFolder, find_model, resolve_model
from wrapper.pipeline.machine import detect_machine
from wrapper.pipeline.measurement import ModelArms, measure_classical
from wrapper.pipeline.planning import Planned, labels_of, make_plan, price, system_prompt_of
from wrapper.pipeline.preparation import check_grader, prepare_data
from wrapper.pipeline.project import alone, open_project
from wrapper.pipeline.reporter import Reporter
from wrapper.pipeline.results import RunResult, arm_lines
from wrapper.pipeline.run import Run, key_of
from wrapper.pipeline.training import Trained, Training
from wrapper.plan.describe import as_document
from wrapper.plan.machine import Machine
from wrapper.report.page import write_report
from wrapper.spec.fields import ArmName
from wrapper.spec.read import LoadedSpec

Until = Literal["baseline", "training", "verdict"]
_EVALUATION_ROWS_AT_ONCE = {"cpu": 16, "cuda": 64}


@dataclass(kw_only=True)
class Climb:
    """What is known so far; whatever ends the climb, all of it goes into the result."""

    run: Run
    machine: Machine
    prepared: Prepared | None = None
    grader: Grader | None = None
    labels: tuple[str, ...] = ()
    system_prompt: str = ""
    model: ModelFolder | None = None
    planned: Planned | None = None
    cheaper: list[ArmScores] = field(default_factory=list)
    tuned: list[ArmScores] = field(default_factory=list)
    trained: Trained | None = None
    verdict: Verdict | None = None

    @property
    def arms(self) -> tuple[ArmName, ...]:
        return self.run.loaded.spec.evaluation.arms


def run_ladder(
    loaded: LoadedSpec,
    *,
    reporter: Reporter,
    overrides: dict[str, str],
    resume: bool = False,
    until: Until = "verdict",
) -> tuple[RunResult, ThriftuneError | None]:
    """Climb; returns what was found, and the failure that ended it if it did not get to a verdict."""
    machine, usd_per_hour = detect_machine(loaded.spec.budget.gpu), price(loaded.spec.budget)
    project = open_project(loaded.folder)
    with alone(project):
        mine = process.identity(os.getpid())
        run_id = project.ledger.start_run(
            command=until, task=loaded.spec.task.name, pid_started=mine.started if mine else 0.0
        )
        run = Run(
            project=project,
            loaded=loaded,
            run_id=run_id,
            reporter=reporter,
            overrides=overrides,
            resume=resume,
            usd_per_hour=usd_per_hour,
        )
        climb = Climb(run=run, machine=machine)
        failure: ThriftuneError | None = None
        try:
            _climb(climb, until)
        except KeyboardInterrupt:
            failure = Interrupted("interrupted", hint="what was measured so far is kept: run the same command again")
        except ThriftuneError as ended:
            failure = ended
        except BaseException as ended:
            project.ledger.close_run(run_id, status="failed", exit_code=1, outcome=f"{type(ended).__name__}: {ended}")
            raise
        result = _result(climb, failure)
        project.ledger.close_run(
            run_id, status=_status(result.outcome), exit_code=result.exit_code, outcome=result.message
        )
        return result, failure


def _climb(climb: Climb, until: Until) -> None:
    run, spec = climb.run, climb.run.loaded.spec
    climb.prepared = prepared = prepare_data(run)
    climb.labels = labels_of(spec, prepared)
    climb.grader = grader = check_grader(run, prepared, climb.labels)
    climb.system_prompt = system_prompt_of(spec, climb.labels)
    if "classical" in climb.arms:
        climb.cheaper.append(measure_classical(run, prepared, grader))
        if until != "baseline":
            _need_gate(climb, early=True)
    climb.model = model = resolve_model(spec.model, run.loaded.folder, say=run.reporter.note)
    climb.planned = planned = make_plan(spec, prepared, climb.machine, model, run.project.ledger.spent())
    run.reporter.step("plan", _plan_text(planned))
    arms = _model_arms(climb, model, planned)
    untuned: list[ArmName] = [arm for arm in climb.arms if arm not in ("classical", "tuned")]
    if untuned:
        climb.cheaper += arms.measure(untuned)
    if "tuned" not in climb.arms or until == "baseline":
        return
    _need_gate(climb)
    if planned.plan.objections:
        run.gate("fit", "; ".join(planned.plan.objections), hint="choose a smaller model or raise the budget")
    climb.trained = trained = _train(climb, model, planned, prepared)
    if until == "training":
        return
    climb.tuned = arms.measure(["tuned"], adapter=trained.adapter, adapter_digest=trained.digest)
    run.project.ledger.record_look(prepared.digest, key_of(trained.digest), run.run_id)
    climb.verdict = decide(
        climb.tuned[0], climb.cheaper, binary=grader.binary, target=spec.task.target, seed=spec.data.seed
    )


def _need_gate(climb: Climb, *, early: bool = False) -> None:
    """No training that is not needed: asked after the free rung, and again before money is spent."""
    assert climb.grader is not None
    run, spec = climb.run, climb.run.loaded.spec
    if "tuned" not in climb.arms or (early and "need" in run.overrides):
        return
    found = need(climb.cheaper, spec.task.target, climb.grader.binary)
    if not found.refuse:
        return
    if climb.planned is None:
        climb.planned = _plan_of_what_is_saved(climb)
    hint = (
        f"ship `{found.reached_by}`, and raise `task.target` only if users need more"
        if found.reached_by
        else "measure on more test rows, or on harder ones"
    )
    run.gate("need", f"training is not needed: {found.reason}", hint=hint)


def _plan_of_what_is_saved(climb: Climb) -> Planned | None:
    """What the training that is refused would have been; no model is fetched to say so."""
    run, spec = climb.run, climb.run.loaded.spec
    model = find_model(spec.model, run.loaded.folder)
    if climb.prepared is None or (model is None and spec.model.preset is None):
        return None
    return make_plan(spec, climb.prepared, climb.machine, model, run.project.ledger.spent())


def _plan_text(planned: Planned) -> str:
    plan, estimate = planned.plan, planned.plan.estimate
    return (
        f"{plan.model_name}, {plan.method}, {plan.steps} steps of "
        f"{plan.micro_batch_size * plan.gradient_accumulation_steps} rows, {plan.sequence_tokens} tokens: about "
        f"{estimate.seconds.likely / 60:.0f} min, ${estimate.usd.likely:.3f}, {estimate.memory_gib.likely:.1f} GiB "
        f"({estimate.basis})"
    )


def _model_arms(climb: Climb, model: ModelFolder, planned: Planned) -> ModelArms:
    run, spec, machine = climb.run, climb.run.loaded.spec, climb.machine
    assert climb.prepared is not None
    assert climb.grader is not None
    return ModelArms(
        run=run,
        prepared=climb.prepared,
        grader=climb.grader,
        labels=climb.labels,
        model=model,
        environment=_environment(climb, "trl"),
        setting=EvaluationSetting(
            model_path=model.path,
            adapter=None,
            device=machine.accelerator,
            dtype="bfloat16" if machine.bf16 else "float16" if machine.accelerator == "cuda" else "float32",
            threads=machine.threads,
            batch_size=spec.evaluation.batch_size or _EVALUATION_ROWS_AT_ONCE[machine.accelerator],
            max_answer_tokens=planned.max_answer_tokens,
            labels=climb.labels,
            arms=ArmSetting(
                system_prompt=climb.system_prompt,
                shots=spec.task.shots,
                seed=spec.data.seed,
                kind=spec.task.kind,
            ),
        ),
    )


def _environment(climb: Climb, backend: str) -> Environment:
    return require(backend, "cuda" if climb.machine.accelerator == "cuda" else "cpu")


def _train(climb: Climb, model: ModelFolder, planned: Planned, prepared: Prepared) -> Trained:
    return Training(
        run=climb.run,
        prepared=prepared,
        plan=planned.plan,
        model=model,
        environment=_environment(climb, planned.plan.backend),
        system_prompt=climb.system_prompt,
    ).perform()


def _status(outcome: str) -> str:
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
        done = "the adapter was trained" if climb.trained else "the cheaper rungs were measured"
        return "measured", 0, done, "`thriftune run` goes on from here to the verdict"
    return (
        verdict.outcome,
        0 if verdict.outcome == "better" else 5,
        verdict_text(verdict),
        verdict.next_action,
    )


def verdict_text(verdict: Verdict) -> str:
    """The verdict in one sentence."""
    against = f"the best cheaper arm, `{verdict.best_cheaper}`"
    numbers = (
        f"{verdict.difference:+.3f} (95 % interval {verdict.low:+.3f} to {verdict.high:+.3f}, "
        f"p = {verdict.p:.2g}, {verdict.n} rows, {verdict.wins} won and {verdict.losses} lost)"
    )
    if verdict.outcome == "better":
        return f"tuned is better than every cheaper arm: {numbers} against {against}"
    if verdict.outcome == "worse":
        return f"tuned is worse than a cheaper arm: {numbers} against {against}"
    more = f"; about {verdict.rows_needed} more test rows would decide it" if verdict.rows_needed else ""
    return f"undecided: {numbers} against {against}{more}"


def _result(climb: Climb, failure: ThriftuneError | None) -> RunResult:
    run, spec = climb.run, climb.run.loaded.spec
    outcome, code, message, action = _outcome(climb, failure)
    measured: Sequence[ArmScores] = [*climb.cheaper, *climb.tuned]
    binary = climb.grader.binary if climb.grader else True
    plan = climb.planned.plan if climb.planned else None
    saved: dict[str, float] | None = None
    if isinstance(failure, GateRefused) and failure.gate == "need" and plan:
        saved = {"seconds": plan.estimate.seconds.likely, "usd": plan.estimate.usd.likely}
    summary: dict[str, Any] | None = climb.trained.summary if climb.trained else None
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
        arms=arm_lines(climb.arms, measured, binary=binary, usd_per_hour=run.usd_per_hour, seed=spec.data.seed),
        verdict=climb.verdict,
        plan=as_document(plan) if plan else None,
        saved=saved,
        spent=ledger.spent(run.run_id),
        spent_in_project=ledger.spent(),
        looks=ledger.looks(climb.prepared.digest) if climb.prepared else 0,
        overrides=dict(run.passed),
        training={**summary, "adapter": str(climb.trained.adapter)} if summary and climb.trained else None,
        notes=climb.prepared.notes if climb.prepared else (),
        folder=str(run.folder),
        report=str(run.folder / "report.html"),
    )
    run.folder.mkdir(parents=True, exist_ok=True)
    (run.folder / "result.json").write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2))
    write_report(msgspec.to_builtins(result), run.folder / "report.html")
    return result
