"""`thriftune plan`: what would be trained, on what, for how much."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wrapper.cli.options import json_option, refresh_and_tell, refresh_option, spec_argument

if TYPE_CHECKING:
    from wrapper.pipeline.planning import Planned
    from wrapper.spec.read import LoadedSpec


@click.command("plan", epilog="Example: thriftune plan thriftune.yaml --ladder")
@spec_argument
@click.option("--ladder", is_flag=True, help="Propose models, the smallest first, instead of planning for one.")
@refresh_option
@json_option
def command(spec: Path, ladder: bool, refresh: bool, as_json: bool) -> None:
    """Say every number that training would use, why, and what it would cost; spends nothing.

    Besides: the price of the whole ladder, other GPUs that the training fits, and what serving would cost at
    `serving.requests_per_month`. The GPU need not be in this machine.

    Exit code 5 if the plan does not fit the device or what is left of the budget, or if the model's licence does not
    allow the product.
    """
    from wrapper.spec.read import load_spec

    loaded = load_spec(spec)
    if refresh:
        refresh_and_tell()
    if ladder:
        _ladder(loaded, as_json=as_json)
    else:
        _plan(loaded, as_json=as_json)


def _ladder(loaded: LoadedSpec, *, as_json: bool) -> None:
    from dataclasses import asdict

    from wrapper.cli.messages import print_json
    from wrapper.pipeline.model_ladder import model_ladder
    from wrapper.pipeline.plan_text import ladder_lines
    from wrapper.pipeline.planning import prepared_of

    rungs = model_ladder(loaded, prepared_of(loaded))
    if as_json:
        print_json({"version": 1, "ladder": [asdict(rung) for rung in rungs]})
    else:
        click.echo("\n".join(ladder_lines(rungs)))


def _plan(loaded: LoadedSpec, *, as_json: bool) -> None:
    from wrapper.cli.messages import print_json
    from wrapper.pipeline.licence_gate import refusals_of, told
    from wrapper.pipeline.outlook import outlook, outlook_document
    from wrapper.pipeline.plan_text import outlook_lines
    from wrapper.pipeline.planning import is_priced, plan_of, price
    from wrapper.plan.describe import as_document, describe

    planned, spec = plan_of(loaded), loaded.spec
    found = outlook(spec, planned, usd_per_hour=price(spec.budget))
    refusals = [told(one) for one in refusals_of(spec.model, loaded.folder)]
    priced = is_priced(spec.budget)
    if as_json:
        document = as_document(planned.plan, priced=priced)
        print_json({**document, "licence": refusals, "outlook": outlook_document(found, priced=priced)})
    else:
        click.echo("\n".join([*describe(planned.plan, priced=priced), *outlook_lines(found, priced=priced)]))
        _notes(loaded, planned)
    _refuse(loaded, planned, refusals)


def _notes(loaded: LoadedSpec, planned: Planned) -> None:
    from wrapper.pipeline.licence_gate import conditions_of
    from wrapper.presets.prices import cache_note

    for objection in planned.prepared.objections:
        click.echo(f"note: the data gate will refuse this: {objection}", err=True)
    for note in planned.notes:
        click.echo(f"note: {note}", err=True)
    for clause in conditions_of(loaded.spec.model, loaded.folder):
        click.echo(f"note: licence: {clause.text} (section {clause.section})", err=True)
    if stale := cache_note():
        click.echo(f"note: {stale}", err=True)


def _refuse(loaded: LoadedSpec, planned: Planned, refusals: list[str]) -> None:
    """Tell what the licence and the fit gate would refuse, and end with their exit code."""
    if not refusals and not planned.plan.objections:
        return
    from wrapper.cli.messages import show_failure
    from wrapper.errors import GateRefused
    from wrapper.pipeline.gates import fit_remedy
    from wrapper.pipeline.licence_gate import remedy

    refused = []
    if refusals:
        refused.append(GateRefused("; ".join(refusals), gate="licence", hint=remedy(loaded.spec.model)))
    if planned.plan.objections:
        refused.append(GateRefused("; ".join(planned.plan.objections), gate="fit", hint=fit_remedy(loaded, planned)))
    for refusal in refused:
        show_failure(refusal)
    raise SystemExit(GateRefused.exit_code)
