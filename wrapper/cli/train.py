"""`thriftune train`: through the gates to a trained adapter, without the verdict."""

from __future__ import annotations

from pathlib import Path

import click

from wrapper.cli.options import json_option, override_option, quiet_option, spec_argument


@click.command("train", epilog="Example: thriftune train thriftune.yaml --resume")
@spec_argument
@override_option
@click.option("--smoke", is_flag=True, help="Only two steps on the longest rows, an evaluation and a save.")
@click.option("--resume", is_flag=True, help="Go on with a training that was cut off, from its last checkpoint.")
@quiet_option
@json_option
def command(spec: Path, override: dict[str, str], smoke: bool, resume: bool, quiet: bool, as_json: bool) -> None:
    """Train the adapter. The cheaper rungs are measured first: no training without a baseline.

    Before a training of a quarter of an hour and more a smoke run shows that its longest rows fit, that it
    can evaluate and save, and what it would take at the speed that was measured.
    """
    from wrapper.cli.run import finish

    finish(
        spec,
        override=override,
        resume=resume,
        quiet=quiet,
        as_json=as_json,
        until="smoke" if smoke else "training",
    )
