"""The licence gate: whether the product that the spec describes may be built on the model."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from wrapper.models.candidates import candidates, refusals_by
from wrapper.models.licence import licences_of_model
from wrapper.pipeline.run import Run
from wrapper.presets.licence import Clause, Refusal, licence_conditions
from wrapper.presets.load import load_model_preset
from wrapper.spec.fields import Model


def licence_gate(run: Run) -> None:
    """Refuses with the clause; what sets a condition only is noted."""
    model, folder = run.loaded.spec.model, run.loaded.folder
    found = refusals_of(model, folder)
    if found:
        run.gate("licence", "; ".join(told(one) for one in found), hint=remedy(model))
    for clause in conditions_of(model, folder):
        run.reporter.note(f"licence: {clause.text} (section {clause.section})")


def refusals_of(model: Model, folder: Path) -> list[Refusal]:
    """Why the product may not be built on the model; empty where nothing is known against it."""
    return refusals_by(licences_of_model(model, folder), model)


def conditions_of(model: Model, folder: Path) -> list[Clause]:
    """Clauses that set a condition for the product's industry."""
    licences = licences_of_model(model, folder)
    return [clause for licence in licences for clause in licence_conditions(licence, industry=model.industry)]


def told(refusal: Refusal) -> str:
    """A refusal with the words of its clause."""
    clause = refusal.clause
    return refusal.sentence if clause is None else f'{refusal.sentence} ("{clause.quote}", section {clause.section})'


def remedy(model: Model) -> str:
    """A model of about the same size that may be used, or where to look for one."""
    wanted = load_model_preset(model.preset).parameters if model.preset else 0
    sold = replace(model, commercial_use=True)  # a product with so many users earns money some day
    allowed = sorted(candidates(sold), key=lambda preset: abs(preset.parameters - wanted))
    return f"take a model that allows it, such as `{allowed[0].name}`" if allowed else "see `thriftune presets ls`"
