"""`thriftune render`: the backend's config, validated, and the rows that it names."""

from __future__ import annotations

from pathlib import Path

import click

from wrapper.cli.options import spec_argument


@click.command("render", epilog="Example: thriftune render thriftune.yaml -o axolotl")
@spec_argument
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write into.",
)
def command(spec: Path, output: Path) -> None:
    """Write the backend's config and its rows, and say the command that trains with them."""
    from wrapper.pipeline.rendering import render_to
    from wrapper.spec.read import load_spec

    output.mkdir(parents=True, exist_ok=True)
    train = render_to(load_spec(spec), output)
    click.echo(f"written to {output}; train with:\n{train}")
