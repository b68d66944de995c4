"""`thriftune init`: a first spec, out of the config of another training program."""

from __future__ import annotations

import math
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wrapper.cli.messages import fault_entry, print_json, printable
from wrapper.cli.options import json_option

if TYPE_CHECKING:
    from wrapper.pipeline.drafting import Draft


def _finite(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"`{value}` is no number to count with")
    return value


@click.command("init", epilog="Example: thriftune init --from axolotl.yml --kind extraction --target 0.9")
@click.option("--from", "config", type=click.Path(path_type=Path), metavar="FILE", help="Axolotl or Unsloth config.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("thriftune.yaml"),
    show_default=True,
    help="Spec to write.",
)
@click.option("--backend", help="Whose config it is, axolotl or unsloth; by its keys if left out.")
@click.option("--name", help="Name of the task; from the config's file name if left out.")
@click.option("--kind", help="Kind of task, such as classification, extraction or chat.")
@click.option("--metric", help="How answers are graded; what suits the kind if left out.")
@click.option("--target", type=float, callback=_finite, help="Mean score good enough to ship, from 0 to 1.")
@click.option("--prompt", help="The instructions to the model.")
@click.option("--max-usd", type=float, callback=_finite, help="Dollars at which training saves and stops.")
@click.option("--max-gpu-hours", type=float, callback=_finite, help="Hours at which training saves and stops.")
@click.option("--gpu", help="cpu, local, or a GPU preset: `thriftune presets ls`.")
@click.option("--usd-per-hour", type=float, callback=_finite, help="Price of the device; from its preset if left out.")
@click.option("--force", is_flag=True, help="Write over a spec that is there.")
@json_option
def command(
    config: Path | None, output: Path, backend: str | None, force: bool, as_json: bool, **answers: str | float | None
) -> None:
    """Write a spec out of an Axolotl or Unsloth config, and say what has no place in one.

    Every key of the config is told: taken over, or left out and why. What a config cannot know is an
    option; where it is not given, the spec holds a guess that says so. Nothing is asked.
    Exit code 3 says that the config has faults.
    """
    from wrapper.errors import UsageFault
    from wrapper.pipeline.drafting import as_document, draft_from, write_draft
    from wrapper.pipeline.guesses import Answers

    if config is None:
        raise UsageFault(
            "`thriftune init` has no config to start from",
            hint="the interview is not there yet: use `--from FILE`, or write a spec: docs/spec.md has one",
        )
    said = Answers(**answers)  # type: ignore[arg-type]
    draft = draft_from(config, backend=backend, answers=said, spec=output)
    write_draft(draft, output, config=config, force=force)
    if as_json:
        print_json({**as_document(draft, output), "warnings": [fault_entry(fault) for fault in draft.warnings]})
    else:
        _report(draft, config, output)


def _report(draft: Draft, config: Path, output: Path) -> None:
    from wrapper.documents import dotted

    for warning in draft.warnings:
        click.echo(f"warning: {printable(str(warning))}", err=True)
    imported = draft.imported
    lines = [f"{config} is a config of {imported.keymap.title}; taken from it:"]
    for entry in imported.taken:
        told = f"{dotted(entry.source)}: {_shown(entry.given)} -> {dotted(entry.target)}"
        lines.append(f"  {told}" if _is_kept(entry.given, entry.value) else f"  {told}: {_shown(entry.value)}")
    lines += ["", "no place in a spec:"] if imported.left_out else []
    for left in imported.left_out:
        lines.append(f"  line {draft.document.position(left.source)[0]}, {dotted(left.source)}: {left.why}")
    lines += ["", "guessed, change it in the spec:"] if draft.guessed else []
    for guess in draft.guessed:
        lines.append(f"  {dotted(guess.target)}: {_shown(guess.value)} ({guess.why})")
    spec = "" if output == Path("thriftune.yaml") else f" {shlex.quote(str(output))}"
    lines += ["", f"what the config leaves to {imported.keymap.title}'s defaults is decided by the plan"]
    lines.append(f"written: {output}; next: thriftune check{spec}")
    click.echo("\n".join(printable(line.replace("\n", "\\n")) for line in lines))


def _shown(value: object) -> str:
    """Text that can be printed as it is, anything else as YAML."""
    from wrapper.render.environment import yaml_scalar

    return value if isinstance(value, str) and value.isprintable() else yaml_scalar(value)


def _is_kept(given: object, value: object) -> bool:
    """Whether the spec says just what the config said, a number in text being that number."""
    from wrapper.backends.pydantic_values import number_in

    return given == value or (number_in(given) is not None and number_in(given) == number_in(value))
