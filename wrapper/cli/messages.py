"""What a user sees of a failure: `error: ...`, the faults, `hint: ...`; or one JSON document."""

from __future__ import annotations

import sys

import click

from wrapper.errors import BadInput, Fault, ThriftuneError

# C0 and C1 controls but tab and newline: what data or a backend's log holds must not steer a terminal
_CONTROLS = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)], "\N{REPLACEMENT CHARACTER}")


def printable(text: str) -> str:
    """Text that may come from strangers, without what a terminal would obey."""
    return text.translate(_CONTROLS)


def show_failure(failure: ThriftuneError) -> None:
    """Print a failure to stderr, readable without colour."""
    click.echo(click.style("error", fg="red", bold=True) + f": {printable(failure.message)}", err=True)
    if isinstance(failure, BadInput):
        for fault in failure.faults:
            click.echo(f"  {printable(str(fault))}", err=True)
    if failure.hint:
        click.echo("", err=True)
        click.echo(click.style("hint", fg="cyan", bold=True) + f": {printable(failure.hint)}", err=True)


def failure_document(failure: ThriftuneError) -> dict[str, object]:
    """A failure that left no result, for `--json`."""
    faults = failure.faults if isinstance(failure, BadInput) else ()
    return {
        "error": {
            "message": failure.message,
            "hint": failure.hint,
            "exit_code": failure.exit_code,
            "faults": [{"file": fault.file, **fault_entry(fault)} for fault in faults],
        }
    }


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
