"""`thriftune quickstart`: the whole ladder on a sample that travels with thriftune, in a fresh folder."""

from __future__ import annotations

from pathlib import Path

import click

from wrapper.cli.options import json_option, quiet_option


@click.command("quickstart", epilog="Example: thriftune quickstart --task intents")
@click.option(
    "--task",
    type=click.Choice(["payments", "intents"]),
    default="payments",
    show_default=True,
    help="payments: lines to JSON, where tuning pays. intents: messages to labels, where it does not.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=None,
    help="Where to work; thriftune-TASK in the current folder if left out.",
)
@quiet_option
@json_option
def command(task: str, folder: Path | None, quiet: bool, as_json: bool) -> None:
    """Run the whole ladder on bundled data and a small real model, on a CPU.

    Installs the backend environments if they are missing, copies the sample into the folder, and runs
    it as `thriftune run` would. Run it again, and nothing is trained or measured twice.
    """
    from wrapper.cli.run import finish
    from wrapper.cli.terminal import Terminal
    from wrapper.pipeline.quickstart import install_missing, lay_out

    terminal = Terminal(quiet=quiet)
    spec = lay_out(task, folder or Path(f"thriftune-{task}"))
    terminal.note(f"the sample `{task}` lies in {spec.parent}: look at it, change it, and `thriftune run` it again")
    if task != "intents":  # a classifier without a language model is expected to suffice
        install_missing(("trl", "axolotl"), say=terminal.note)
    finish(spec, override={}, resume=False, quiet=quiet, as_json=as_json)
