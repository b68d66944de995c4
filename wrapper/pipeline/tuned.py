"""The tuned arms: asked, compared with every cheaper one, and looked into where they fail."""

from __future__ import annotations

from wrapper.evaluation.failures import Diagnosis, diagnose, loss_at_end
from wrapper.evaluation.verdict import Verdict, decide
from wrapper.pipeline.climb import Climb
from wrapper.pipeline.forgetting import Forgotten, measure_forgetting, needs_hub, regressions
from wrapper.pipeline.measurement import ModelArms, Session
from wrapper.pipeline.run import key_of
from wrapper.pipeline.sequential import measure_sequentially
from wrapper.pipeline.training import Trained


def measure_tuned(climb: Climb, arms: ModelArms, trained: Trained) -> None:
    """The tuned arms, the verdict, what was forgotten, and why answers are wrong."""
    run, spec = climb.run, climb.run.loaded.spec
    assert climb.prepared is not None
    assert climb.grader is not None
    online = needs_hub(spec.evaluation.regression)
    with arms.session(adapter=trained.adapter, adapter_digest=trained.digest, online=online) as session:
        binary, target, seed = climb.grader.binary, spec.task.target, spec.data.seed
        if "tuned" in climb.arms:
            if spec.evaluation.sequential:
                climb.tuned, climb.verdict = measure_sequentially(
                    session, climb.cheaper, binary=binary, target=target, seed=seed
                )
            else:
                climb.tuned = session.measure("tuned")
                climb.verdict = decide(climb.tuned[0], climb.cheaper, binary=binary, target=target, seed=seed)
            run.project.ledger.record_look(climb.prepared.digest, key_of(trained.digest), run.run_id)
        if "tuned_retrieval" in climb.arms:
            climb.tuned += session.measure("tuned_retrieval")
        climb.forgotten = _forgotten(climb, session)
    if climb.verdict:
        climb.diagnosis = _diagnosis(climb, climb.verdict, trained)


def _forgotten(climb: Climb, session: Session) -> list[Forgotten]:
    """What the tuned model lost elsewhere; asked only of one that is worth shipping."""
    spec = climb.run.loaded.spec
    asked = regressions(spec.evaluation.regression)
    if asked and climb.verdict and climb.verdict.outcome != "better":
        climb.run.reporter.note("regression tasks are not measured: the tuned model is not better, so nobody ships it")
        return []
    seed, folder = spec.data.seed, climb.run.loaded.folder
    return [measure_forgetting(session, regression, folder, seed=seed) for regression in asked]


def _diagnosis(climb: Climb, verdict: Verdict, trained: Trained) -> Diagnosis:
    """Why the tuned arm failed where it did, and what to do about it."""
    assert climb.prepared is not None
    assert climb.planned is not None
    return diagnose(
        climb.tuned[0],
        train=climb.prepared.train,
        test=climb.prepared.test,
        verdict=verdict,
        labels=climb.labels,
        system_prompt=climb.system_prompt,
        max_answer_tokens=climb.planned.max_answer_tokens,
        train_over=climb.planned.rows_over_cap,
        loss=loss_at_end(trained.summary.get("eval_losses", ())),
        seed=climb.run.loaded.spec.data.seed,
    )
