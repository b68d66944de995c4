"""`thriftune baseline`: what the rungs below training score."""

from __future__ import annotations

from pathlib import Path

import click

from wrapper.cli.options import export_option, json_option, quiet_option, spec_argument


@click.command("baseline", epilog="Example: thriftune baseline thriftune.yaml")
@spec_argument
@export_option
@quiet_option
@json_option
def command(spec: Path, export: Path | None, quiet: bool, as_json: bool) -> None:
    """Measure every cheaper rung on the frozen test rows, and train nothing."""
    from wrapper.cli.run import finish

    finish(spec, override={}, resume=False, quiet=quiet, as_json=as_json, until="baseline", export=export)
