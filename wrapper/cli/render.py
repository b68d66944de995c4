"""`thriftune render`: the backend's config, validated, and the rows that it names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wrapper.cli.options import spec_argument

if TYPE_CHECKING:
    from wrapper.spec.read import LoadedSpec


@click.command("render", epilog="Example: thriftune render thriftune.yaml --backend trl -o way-out")
@spec_argument
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write into.",
)
@click.option("--force", is_flag=True, help="Write over files of the same names that are there already.")
@click.option("--backend", help="Another backend than the spec's: axolotl, unsloth or trl.")
def command(spec: Path, output: Path, force: bool, backend: str | None) -> None:
    """Write the backend's config and its rows, and say the command that trains with them.

    Nobody watches the budget of what is written. With `--backend trl` it is a script on transformers, PEFT
    and TRL alone, and needs nothing of thriftune: the way out. Axolotl's config does so on a GPU only: on a
    CPU it names a plugin of thriftune's, which keeps Axolotl from what fails there.
    """
    from wrapper.pipeline.rendering import render_to
    from wrapper.spec.read import load_spec

    loaded = load_spec(spec)
    written = render_to(_with_backend(loaded, backend) if backend else loaded, output, force=force)
    click.echo(f"written: {', '.join(map(str, written.files))}; train with:\n{written.command}")
    if written.left_out:
        click.echo(f"\n{written.files[-1].name} cannot say:")
        for words in written.left_out:
            click.echo(f"  {words}")


def _with_backend(loaded: LoadedSpec, backend: str) -> LoadedSpec:
    """The spec as if it named that backend; raises UsageFault for an unknown one."""
    from dataclasses import replace

    from msgspec.structs import replace as with_values

    from wrapper.backends import get_backend

    get_backend(backend)
    training = with_values(loaded.spec.training, backend=backend)
    return replace(loaded, spec=with_values(loaded.spec, training=training))
