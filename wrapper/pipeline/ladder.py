"""The ladder: one function a step, the gates between, no rung climbed if the one below is enough."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Literal

from wrapper import process
from wrapper.data.prepare import Prepared
from wrapper.environments import Environment, require
from wrapper.errors import BadInput, Interrupted, ThriftuneError
from wrapper.evaluation.arms import ArmSetting
from wrapper.evaluation.failures import Diagnosis, diagnose, loss_at_end
from wrapper.evaluation.session import EvaluationSetting
from wrapper.evaluation.verdict import Verdict, decide, need
from wrapper.models import ModelFolder, find_model, resolve_model
from wrapper.pipeline.attempt import Trainer
from wrapper.pipeline.climb import Climb
from wrapper.pipeline.machine import detect_machine
from wrapper.pipeline.measurement import ModelArms, measure_classical
from wrapper.pipeline.outcome import result_of, status_of
from wrapper.pipeline.planning import Planned, is_priced, labels_of, make_plan, price, system_prompt_of
from wrapper.pipeline.preparation import check_grader, prepare_data
from wrapper.pipeline.project import alone, open_project
from wrapper.pipeline.reporter import Reporter
from wrapper.pipeline.results import RunResult
from wrapper.pipeline.run import Run, key_of
from wrapper.pipeline.smoke import as_smoked_before, is_worth_it, smoke
from wrapper.pipeline.training import Trained, Training
from wrapper.plan.objections import REMEDY
from wrapper.spec.fields import ArmName
from wrapper.spec.read import LoadedSpec

Until = Literal["baseline", "smoke", "training", "verdict"]
_COMMANDS: dict[Until, str] = {"baseline": "baseline", "smoke": "train --smoke", "training": "train", "verdict": "run"}
_EVALUATION_ROWS_AT_ONCE = {"cpu": 16, "cuda": 64}


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
        result = result_of(climb, failure)
        project.ledger.close_run(
            run_id, status=status_of(result.outcome), exit_code=result.exit_code, outcome=result.message
        )
        return result, failure


def _climb(climb: Climb, until: Until) -> None:
    run, spec = climb.run, climb.run.loaded.spec
    if until in ("smoke", "training") and "tuned" not in climb.arms:
        raise BadInput("`evaluation.arms` leaves `tuned` out, so there is nothing to train", hint="add it to the arms")
    if "tuned" in climb.arms and until != "baseline" and spec.training.parallel.world_size > 1:
        raise BadInput(
            "`training.parallel` asks for several GPUs, and thriftune starts one only",
            hint="`thriftune render` writes the config and the command that starts them; for one GPU remove `parallel`",
        )
    climb.prepared = prepared = prepare_data(run)
    climb.labels = labels_of(spec, prepared)
    climb.grader = grader = check_grader(run, prepared, climb.labels)
    climb.system_prompt = system_prompt_of(spec, climb.labels)
    if "classical" in climb.arms:
        climb.cheaper.append(measure_classical(run, prepared, grader))
        if until != "baseline":
            _need_gate(climb, early=True)
    _require_environments(climb, until)
    climb.model = model = resolve_model(spec.model, run.loaded.folder, say=run.reporter.note)
    spent, folder = run.project.ledger.spent(), run.loaded.folder
    climb.planned = planned = make_plan(spec, prepared, climb.machine, model, spent, folder=folder)
    run.reporter.step("plan", _plan_text(planned, priced=is_priced(spec.budget)))
    arms = _model_arms(climb, model, planned)
    untuned: list[ArmName] = [arm for arm in climb.arms if arm not in ("classical", "tuned")]
    if untuned:
        climb.cheaper += arms.measure(untuned)
    if "tuned" not in climb.arms or until == "baseline":
        return
    _need_gate(climb)
    training = as_smoked_before(_training(climb, model, planned, prepared))
    if not training.is_done:
        _fit_gate(climb, model, training)
    # who passes the fit gate has been told what it costs: a smoke run would only eat into a tight budget
    worth_it = is_worth_it(planned.plan) and not training.is_done and "fit" not in run.passed
    if until == "smoke" or worth_it:
        climb.smoke = smoke(training)
        training = replace(training, plan=climb.smoke.plan)
    if until == "smoke":
        return
    climb.trained = trained = training.perform()
    if until == "training":
        return
    climb.tuned = arms.measure(["tuned"], adapter=trained.adapter, adapter_digest=trained.digest)
    run.project.ledger.record_look(prepared.digest, key_of(trained.digest), run.run_id)
    climb.verdict = decide(
        climb.tuned[0], climb.cheaper, binary=grader.binary, target=spec.task.target, seed=spec.data.seed
    )
    climb.diagnosis = _diagnosis(climb, climb.verdict, trained, planned)


def _fit_gate(climb: Climb, model: ModelFolder, training: Training) -> None:
    """Memory and money, before either is used; a training that is resumed costs what is left of it."""
    run, spec = climb.run, climb.run.loaded.spec
    assert climb.planned is not None
    assert climb.prepared is not None
    plan, share_left = climb.planned.plan, training.share_left
    if share_left < 1:
        spent, folder = run.project.ledger.spent(), run.loaded.folder
        plan = make_plan(
            spec, climb.prepared, climb.machine, model, spent, folder=folder, share_left=share_left
        ).plan
    if plan.objections:
        run.gate("fit", "; ".join(plan.objections), hint=REMEDY)


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


def _diagnosis(climb: Climb, verdict: Verdict, trained: Trained, planned: Planned) -> Diagnosis:
    """Why the tuned arm failed where it did, and what to do about it."""
    assert climb.prepared is not None
    return diagnose(
        climb.tuned[0],
        train=climb.prepared.train,
        test=climb.prepared.test,
        verdict=verdict,
        labels=climb.labels,
        system_prompt=climb.system_prompt,
        max_answer_tokens=planned.max_answer_tokens,
        train_over=planned.rows_over_cap,
        loss=loss_at_end(trained.summary.get("eval_losses", ())),
        seed=climb.run.loaded.spec.data.seed,
    )


def _plan_of_what_is_saved(climb: Climb) -> Planned | None:
    """What the training that is refused would have been; no model is fetched to say so."""
    run, spec = climb.run, climb.run.loaded.spec
    model = find_model(spec.model, run.loaded.folder)
    if climb.prepared is None or (model is None and spec.model.preset is None):
        return None
    spent, folder = run.project.ledger.spent(), run.loaded.folder
    return make_plan(spec, climb.prepared, climb.machine, model, spent, folder=folder)


def _plan_text(planned: Planned, *, priced: bool) -> str:
    plan, estimate = planned.plan, planned.plan.estimate
    dollars = f"${estimate.usd.likely:.3f}, " if priced else ""
    return (
        f"{plan.model_name}, {plan.method}, {plan.steps} steps of "
        f"{plan.micro_batch_size * plan.gradient_accumulation_steps} rows, {plan.sequence_tokens} tokens: about "
        f"{estimate.seconds.likely / 60:.0f} min, {dollars}{estimate.memory_gib.likely:.1f} GiB "
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


def _require_environments(climb: Climb, until: Until) -> None:
    """All that the climb will need, before minutes are spent on what needs only the first."""
    if any(arm != "classical" for arm in climb.arms):
        _environment(climb, "trl")
    if "tuned" in climb.arms and until != "baseline":
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
