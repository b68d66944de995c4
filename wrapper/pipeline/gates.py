"""The gates on money: is training needed at all, and does it fit the device and the budget."""

from __future__ import annotations

from wrapper.evaluation.need import need
from wrapper.ledger.records import Spend
from wrapper.models import ModelFolder, find_model
from wrapper.pipeline.alternatives import instead_of
from wrapper.pipeline.climb import Climb
from wrapper.pipeline.planning import Planned, make_plan, price
from wrapper.pipeline.project import existing_project
from wrapper.pipeline.training import Training
from wrapper.plan.objections import REMEDY
from wrapper.spec.read import LoadedSpec


def fit_gate(climb: Climb, model: ModelFolder, training: Training) -> None:
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
        run.gate("fit", "; ".join(plan.objections), hint=fit_remedy(run.loaded, climb.planned))


def fit_remedy(loaded: LoadedSpec, planned: Planned) -> str:
    """What would fit instead, and where the numbers stand."""
    project = existing_project(loaded.folder)
    spent = project.ledger.spent() if project else Spend(usd=0.0, gpu_hours=0.0)
    instead = instead_of(loaded, planned, spent=spent, usd_per_hour=price(loaded.spec.budget))
    return f"{instead}; {REMEDY}" if instead else REMEDY


def need_gate(climb: Climb, *, early: bool = False) -> None:
    """No training that is not needed: asked after the free rung, and again before money is spent."""
    assert climb.grader is not None
    run, spec = climb.run, climb.run.loaded.spec
    if not climb.tunes or (early and "need" in run.overrides):
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
    spent, folder = run.project.ledger.spent(), run.loaded.folder
    return make_plan(spec, climb.prepared, climb.machine, model, spent, folder=folder)
