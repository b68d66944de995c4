"""What a user sees of a failure: `error: ...`, the faults, `hint: ...`; or one JSON document."""

from __future__ import annotations

import sys

import click

from wrapper.errors import BadInput, Fault, ThriftuneError


def show_failure(failure: ThriftuneError) -> None:
    """Print a failure to stderr, readable without colour."""
    click.echo(click.style("error", fg="red", bold=True) + f": {failure.message}", err=True)
    if isinstance(failure, BadInput):
        for fault in failure.faults:
            click.echo(f"  {fault}", err=True)
    if failure.hint:
        click.echo("", err=True)
        click.echo(click.style("hint", fg="cyan", bold=True) + f": {failure.hint}", err=True)


def print_json(document: object) -> None:
    """Print one JSON document to stdout: what every `--json` does."""
    import msgspec

    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")
    sys.stdout.flush()


def fault_entry(fault: Fault) -> dict[str, object]:
    """A fault as an entry of `errors` or `warnings` in a JSON document."""
    return {
        "kind": fault.kind,
        "key": fault.key,
        "line": fault.line,
        "column": fault.column,
        "message": fault.message,
        "suggestion": fault.suggestion,
    }
