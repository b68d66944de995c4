"""`thriftune run`: the whole ladder, through every gate, to the verdict and the report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from wrapper.cli.options import json_option, override_option, quiet_option, spec_argument


@click.command(
    "run",
    epilog="Example: thriftune run thriftune.yaml --override 'need=the target will rise'",
)
@spec_argument
@override_option
@click.option("--resume", is_flag=True, help="Go on with a training that was cut off, from its last checkpoint.")
@quiet_option
@json_option
def command(spec: Path, override: dict[str, str], resume: bool, quiet: bool, as_json: bool) -> None:
    """Measure the cheap rungs, train only if they do not suffice, and give a verdict with a price.

    Steps whose inputs did not change are not run again. Exit codes: 0 better; 5 a gate said no, or the
    verdict is worse or undecided; 6 stopped at the budget.
    """
    finish(spec, override=override, resume=resume, quiet=quiet, as_json=as_json)


def finish(
    spec: Path,
    *,
    override: dict[str, str],
    resume: bool,
    quiet: bool,
    as_json: bool,
    until: Literal["baseline", "smoke", "training", "evaluation", "verdict"] = "verdict",
    adapter: Path | None = None,
    export: Path | None = None,
) -> None:
    """Climb, print what was found, and exit with its code."""
    from wrapper.cli.messages import print_json, printable, show_failure
    from wrapper.cli.table import result_text
    from wrapper.cli.terminal import Terminal
    from wrapper.errors import UsageFault
    from wrapper.pipeline.ladder import run_ladder
    from wrapper.spec.read import load_spec

    if export is not None and export.exists() and (export.is_file() or any(export.iterdir())):
        raise UsageFault(f"`{export}` is there already", hint="name a new folder with `--export`")
    loaded = load_spec(spec)
    terminal = Terminal(quiet=quiet)
    result, failure = run_ladder(
        loaded, reporter=terminal, overrides=override, resume=resume, until=until, adapter=adapter, export=export
    )
    if as_json:
        print_json(result)
    elif result.arms and any(arm.measured for arm in result.arms):
        click.echo("", err=True)
        click.echo(printable(result_text(result, failed=failure is not None)))
    if failure is not None:
        click.echo("", err=True)
        show_failure(failure)
    sys.exit(result.exit_code)
