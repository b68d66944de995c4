"""`thriftune plan`: what would be trained, on what, for how much."""

from __future__ import annotations

from pathlib import Path

import click

from wrapper.cli.options import json_option, spec_argument


@click.command("plan", epilog="Example: thriftune plan thriftune.yaml --json")
@spec_argument
@json_option
def command(spec: Path, as_json: bool) -> None:
    """Say every number that training would use, why, and what it would cost; spends nothing.

    Exit code 5 if the plan does not fit the device or what is left of the budget.
    """
    from wrapper.cli.messages import print_json, show_failure
    from wrapper.errors import GateRefused
    from wrapper.pipeline.planning import is_priced, plan_of
    from wrapper.plan.describe import as_document, describe
    from wrapper.plan.objections import REMEDY
    from wrapper.spec.read import load_spec

    loaded = load_spec(spec)
    planned = plan_of(loaded)
    plan = planned.plan
    if as_json:
        print_json(as_document(plan))
    else:
        click.echo("\n".join(describe(plan, priced=is_priced(loaded.spec.budget))))
        for objection in planned.data_objections:
            click.echo(f"note: the data gate will refuse this: {objection}", err=True)
    if plan.objections:
        refusal = "; ".join(plan.objections)
        show_failure(GateRefused(refusal, gate="fit", hint=REMEDY))
        raise SystemExit(GateRefused.exit_code)
