"""`thriftune eval`: the verdict on an adapter that is there already."""

from __future__ import annotations

from pathlib import Path

import click

from wrapper.cli.options import export_option, json_option, quiet_option, spec_argument


@click.command("eval", epilog="Example: thriftune eval thriftune.yaml --adapter outputs/adapter")
@spec_argument
@click.option(
    "--adapter",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=None,
    help="Folder with a PEFT adapter (or whole weights) as safetensors; what this spec trained if left out.",
)
@export_option
@quiet_option
@json_option
def command(spec: Path, adapter: Path | None, export: Path | None, quiet: bool, as_json: bool) -> None:
    """Score a trained adapter and every cheaper rung on the frozen test rows, and give the verdict.

    Nothing is trained. Answers that are known are not asked again. Exit codes: 0 better; 5 worse, undecided, or
    forgetful of an lm-eval task.
    """
    from wrapper.cli.run import finish

    finish(
        spec,
        override={},
        resume=False,
        quiet=quiet,
        as_json=as_json,
        until="evaluation",
        adapter=adapter,
        export=export,
    )
