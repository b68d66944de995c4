"""`thriftune checklist`: what was done before, during and after training, ticked by evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wrapper.cli.options import json_option, spec_argument

if TYPE_CHECKING:
    from wrapper.pipeline.checklist import Line, State

_BOXES: dict[State, str] = {"ticked": "[x]", "open": "[ ]", "failed": "[!]", "not needed": "[-]"}
_DOES: dict[State, str] = {"open": "settle", "failed": "mend"}


@click.command("checklist", epilog="Example: thriftune checklist thriftune.yaml --json")
@spec_argument
@json_option
def command(spec: Path, as_json: bool) -> None:
    """Say what was done before, during and after training, by the evidence that this project holds.

    Each line is [x] ticked, [ ] open, [!] failed or [-] not needed, with what shows it and the command that would
    settle it. What was measured on another spec or on other rows is told as old, and ticks nothing. Nothing is spent.
    """
    from wrapper.cli.messages import print_json, printable
    from wrapper.pipeline.checklist import lines_of, read_evidence
    from wrapper.spec.read import load_spec

    lines = lines_of(read_evidence(load_spec(spec)))
    if as_json:
        print_json({"version": 1, "lines": lines})
    else:
        click.echo(printable("\n".join(_text(lines))))


def _text(lines: tuple[Line, ...]) -> list[str]:
    from wrapper.pipeline.checklist import SECTIONS

    told: list[str] = []
    for section in SECTIONS:
        told.append(f"{section} training")
        for line in lines:
            if line.section == section:
                told += [f"  {_BOXES[line.state]} {line.question}", f"      {line.evidence}"]
                told += [f"      to {_DOES[line.state]} it: {line.command}"] if line.command else []
        told.append("")
    counts = {state: sum(line.state == state for line in lines) for state in _BOXES}
    return [*told, ", ".join(f"{count} {state}" for state, count in counts.items())]
