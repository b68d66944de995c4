"""The ladder: one function a step, the gates between, no rung climbed if the one below is enough."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Literal

from wrapper import process
from wrapper.data.prepared import Prepared
from wrapper.environments import Environment, require
from wrapper.errors import BadInput, Interrupted, ThriftuneError, UsageFault
from wrapper.evaluation.arms import GOLD_BLIND, ArmSetting
from wrapper.evaluation.local_engine import LocalModel
from wrapper.evaluation.prompts import as_given
from wrapper.evaluation.statistics import cluster_sizes, detectable_text
from wrapper.models import ModelFolder, resolve_model
from wrapper.pipeline.attempt import Trainer
from wrapper.pipeline.checklist.during import one_variable
from wrapper.pipeline.checklist.reading import read_evidence
from wrapper.pipeline.climb import Climb
from wrapper.pipeline.documents import read_passages
from wrapper.pipeline.exporting import check_exportable, export_tasks
from wrapper.pipeline.forgetting import regressions, task_config
from wrapper.pipeline.gates import fit_gate, need_gate
from wrapper.pipeline.given_adapter import given_adapter, other_base_model
from wrapper.pipeline.hosted import measure_hosted
from wrapper.pipeline.licence_gate import licence_gate
from wrapper.pipeline.machine import detect_machine
from wrapper.pipeline.measurement import AskedArms, ModelArms, measure_classical
from wrapper.pipeline.outcome import result_of, status_of
from wrapper.pipeline.planning import (
    Planned,
    is_priced,
    make_plan,
    max_answer_tokens,
    price,
)
from wrapper.pipeline.preparation import check_grader, prepare_data
from wrapper.pipeline.project import alone, open_project
from wrapper.pipeline.prompt_choice import choose_prompt
from wrapper.pipeline.regression_check import check_regressions
from wrapper.pipeline.reporter import Reporter
from wrapper.pipeline.results import RunResult
from wrapper.pipeline.run import Run
from wrapper.pipeline.smoke import as_smoked_before, is_worth_it, smoke
from wrapper.pipeline.task_prompt import labels_of, system_prompt_of
from wrapper.pipeline.training import Trained, Training
from wrapper.pipeline.tuned import measure_tuned
from wrapper.presets.task import task_preset_for
from wrapper.spec.fields import NEED_NO_MODEL, TUNED_ARMS
from wrapper.spec.read import LoadedSpec

Until = Literal["baseline", "smoke", "training", "evaluation", "verdict"]
_COMMANDS: dict[Until, str] = {
    "baseline": "baseline",
    "smoke": "train --smoke",
    "training": "train",
    "evaluation": "eval",
    "verdict": "run",
}


def run_ladder(
    loaded: LoadedSpec,
    *,
    reporter: Reporter,
    overrides: dict[str, str],
    resume: bool = False,
    until: Until = "verdict",
    adapter: Path | None = None,
    export: Path | None = None,
) -> tuple[RunResult, ThriftuneError | None]:
    """Climb; returns what was found, and the failure that ended it if it did not get to a verdict.

    `adapter` is a folder with an adapter that was trained before, for `until="evaluation"`; `export` a new folder
    for the model arms as lm-eval tasks.
    """
    machine, usd_per_hour = detect_machine(loaded.spec.budget.gpu), price(loaded.spec.budget)
    project = open_project(loaded.folder)
    with alone(project):
        mine = process.identity(os.getpid())
        run_id = project.ledger.start_run(
            command=_COMMANDS[until], task=loaded.spec.task.name, pid_started=mine.started if mine else 0.0
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
        climb = Climb(run=run, machine=machine, adapter=adapter)
        failure: ThriftuneError | None = None
        try:
            if export is not None:
                check_exportable(loaded.spec)
            _climb(climb, until)
            if export is not None:
                export_tasks(climb, export)
        except KeyboardInterrupt:
            failure = Interrupted("interrupted", hint="what was measured so far is kept: run the same command again")
        except ThriftuneError as ended:
            failure = ended
        except BaseException as ended:
            project.ledger.close_run(run_id, status="failed", exit_code=1, outcome=f"{type(ended).__name__}: {ended}")
            raise
        result = result_of(climb, failure)
        project.ledger.close_run(
            run_id, status=status_of(result.outcome), exit_code=result.exit_code, outcome=result.message
        )
        if any(step.name == "training" for step in project.ledger.steps(run_id)):
            _flag_several_changes(run)
        return result, failure


def _flag_several_changes(run: Run) -> None:
    """Told where the training of this run differs from the one before in more than one major variable."""
    line = one_variable(read_evidence(run.loaded))
    if line.state == "failed" and run.run_id in line.evidence:
        run.reporter.note(f"{line.evidence}; whichever way it went, nobody knows which of them did it")


def _climb(climb: Climb, until: Until) -> None:
    run, spec = climb.run, climb.run.loaded.spec
    for endpoint in (spec.evaluation.hosted, spec.task.grading.judge):
        if endpoint is not None:
            process.withhold(endpoint.api_key_env)  # no program that is started from here on gets the key
    if until in ("smoke", "training", "evaluation") and not climb.tunes:
        raise BadInput("`evaluation.arms` leaves `tuned` out, so there is nothing to train", hint="add it to the arms")
    if climb.tunes and until not in ("baseline", "evaluation") and spec.training.parallel.world_size > 1:
        raise BadInput(
            "`training.parallel` asks for several GPUs, and thriftune starts one only",
            hint="`thriftune render` writes the config and the command that starts them; for one GPU remove `parallel`",
        )
    if climb.asks_model:
        licence_gate(run)
    for regression in regressions(spec.evaluation.regression):
        task_config(regression, run.loaded.folder)  # a file that is not there is told before anything is spent
    climb.prepared = prepared = prepare_data(run)
    climb.labels = labels_of(spec, prepared.train)
    climb.grader = grader = check_grader(run, prepared, climb.labels)
    sizes = cluster_sizes([row.group for row in prepared.test])
    climb.detectable = detectable_text(len(prepared.test), grader.binary, group_sizes=sizes)
    run.reporter.note(climb.detectable)
    climb.system_prompt = system_prompt_of(spec, prepared.train)
    climb.passages = read_passages(run, prepared)
    if "classical" in climb.arms and spec.task.metric in GOLD_BLIND:
        run.reporter.note(
            f"`{spec.task.metric}` does not look at the gold answer, so any training answer that is copied would pass "
            "it: the classical arm is not measured"
        )
    elif "classical" in climb.arms:
        climb.cheaper.append(measure_classical(run, prepared, grader))
        if until not in ("baseline", "evaluation"):
            need_gate(climb, early=True)
    if not climb.asks_model:
        if "hosted" in climb.arms:
            _measure_hosted(climb, _asked_arms(climb, max_answer_tokens(spec, prepared, None)), until)
        return
    _require_environments(climb, until)
    if climb.tunes and until != "baseline":
        check_regressions(run, _environment(climb, "trl"))
    climb.model = model = resolve_model(spec.model, run.loaded.folder, say=run.reporter.note)
    spent, folder = run.project.ledger.spent(), run.loaded.folder
    climb.planned = planned = make_plan(spec, prepared, climb.machine, model, spent, folder=folder)
    run.reporter.step("plan", _plan_text(planned, priced=is_priced(spec.budget)))
    for note in planned.notes:
        run.reporter.note(note)
    climb.model_arms = arms = _model_arms(climb, model, planned)
    arms = _measure_untuned(climb, arms)
    if "hosted" in climb.arms:
        _measure_hosted(climb, arms, until)
    if not climb.tunes or until == "baseline":
        return
    if until == "evaluation":
        climb.trained = _given(climb, model, planned)
    else:
        climb.trained = _train(climb, model, planned, until)
    if climb.trained is None or until == "training":
        return
    measure_tuned(climb, arms, climb.trained)


def _measure_hosted(climb: Climb, arms: AskedArms, until: Until) -> None:
    if until not in ("baseline", "evaluation"):
        need_gate(climb, early=True)
    climb.cheaper += measure_hosted(arms)


def _measure_untuned(climb: Climb, arms: ModelArms) -> ModelArms:
    """The base model's arms, in one loaded model; returns what the others go on with."""
    spec = climb.run.loaded.spec
    names = [arm for arm in climb.arms if arm not in (*NEED_NO_MODEL, *TUNED_ARMS)]
    asks = {arm for arm in climb.arms if arm not in ("classical", "base", *TUNED_ARMS)}
    with arms.session() as session:
        if asks and spec.evaluation.prompt_search:
            climb.prompt_choice = choose_prompt(session, spec.task.prompt_candidates)
        for arm in names:
            climb.cheaper += session.measure(arm)
        return session.arms


def _train(climb: Climb, model: ModelFolder, planned: Planned, until: Until) -> Trained | None:
    """Through the gates to a trained adapter; None where the smoke run was all that was asked for."""
    assert climb.prepared is not None
    need_gate(climb)
    training = as_smoked_before(_training(climb, model, planned, climb.prepared))
    if not training.is_done:
        fit_gate(climb, model, training)
    # who passes the fit gate has been told what it costs: a smoke run would only eat into a tight budget
    worth_it = is_worth_it(planned.plan) and not training.is_done and "fit" not in climb.run.passed
    if until == "smoke" or worth_it:
        climb.smoke = smoke(training)
        training = replace(training, plan=climb.smoke.plan)
    return None if until == "smoke" else training.perform()


def _given(climb: Climb, model: ModelFolder, planned: Planned) -> Trained:
    """The adapter that the user names, or the one that this spec trained before."""
    assert climb.prepared is not None
    if climb.adapter is not None:
        other = other_base_model(climb.adapter, model)
        if other:
            climb.run.reporter.note(f"the adapter says that it was trained on {other}, and the model is {model.name}")
        return given_adapter(climb.adapter, model)
    training = as_smoked_before(_training(climb, model, planned, climb.prepared))
    if not training.is_done:
        raise UsageFault(
            "no adapter has been trained by this spec",
            hint="train one with `thriftune train`, or name the folder of another with `--adapter`",
        )
    return training.perform()


def _plan_text(planned: Planned, *, priced: bool) -> str:
    plan, estimate = planned.plan, planned.plan.estimate
    dollars = f"${estimate.usd.likely:.3f}, " if priced else ""
    return (
        f"{plan.model_name}, {plan.method}, {plan.steps} steps of "
        f"{plan.micro_batch_size * plan.gradient_accumulation_steps} rows, {plan.sequence_tokens} tokens: about "
        f"{estimate.seconds.likely / 60:.0f} min, {dollars}{estimate.memory_gib.likely:.1f} GiB "
        f"({estimate.basis})"
    )


def _asked_arms(climb: Climb, longest_answer: int) -> AskedArms:
    run, spec = climb.run, climb.run.loaded.spec
    assert climb.prepared is not None
    assert climb.grader is not None
    return AskedArms(
        run=run,
        prepared=climb.prepared,
        grader=climb.grader,
        labels=climb.labels,
        max_answer_tokens=longest_answer,
        prompts=ArmSetting(
            trained_prompt=climb.system_prompt,
            candidate=as_given(climb.system_prompt),
            shots=spec.task.shots or task_preset_for(spec.task.kind).shots,
            seed=spec.data.seed,
            kind=spec.task.kind,
            passages=climb.passages,
            passages_shown=spec.evaluation.passages,
        ),
    )


def _model_arms(climb: Climb, model: ModelFolder, planned: Planned) -> ModelArms:
    machine, evaluation = climb.machine, climb.run.loaded.spec.evaluation
    return ModelArms(
        **vars(_asked_arms(climb, planned.max_answer_tokens)),
        model=LocalModel(
            path=model.path,
            digest=model.fingerprint,
            device=machine.accelerator,
            dtype=machine.dtype if evaluation.precision == "auto" else evaluation.precision,
            threads=machine.threads,
            batch_size=evaluation.batch_size,
        ),
        environment=_environment(climb, "trl"),
    )


def _require_environments(climb: Climb, until: Until) -> None:
    """All that the climb will need, before minutes are spent on what needs only the first."""
    _environment(climb, "trl")
    if climb.tunes and until not in ("baseline", "evaluation"):
        _environment(climb, climb.run.loaded.spec.training.backend)


def _environment(climb: Climb, backend: str) -> Environment:
    return require(backend, climb.machine.accelerator)


def _training(climb: Climb, model: ModelFolder, planned: Planned, prepared: Prepared) -> Training:
    return Training(
        trainer=Trainer(run=climb.run, model=model, environment=_environment(climb, planned.plan.backend)),
        prepared=prepared,
        plan=planned.plan,
        corpus=planned.corpus,
        system_prompt=climb.system_prompt,
    )
