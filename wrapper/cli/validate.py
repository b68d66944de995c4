"""`thriftune validate`: every fault of a backend's config at once, whoever wrote it; nothing is spent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wrapper.cli.messages import fault_entry, print_json
from wrapper.errors import BadInput, EnvironmentFault, Fault, faulty_file

if TYPE_CHECKING:
    from wrapper.environments import Environment

WARNING = "warning_"
_UNREADABLE = ("syntax", "unreadable")


@dataclass(frozen=True, kw_only=True)
class _Examined:
    """All that was found; `not_run` says why the backend's own validator is not among `layers`."""

    errors: list[Fault]
    warnings: list[Fault]
    layers: list[str]
    not_run: str = ""


@click.command(name="validate")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--backend", default="axolotl", show_default=True, help="The backend that the config is for.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document: valid, errors, warnings, layers.")
@click.option("--strict", is_flag=True, help="Take warnings for errors.")
def command(file: Path, backend: str, as_json: bool, strict: bool) -> None:
    """Report all faults of a backend's config at once, each with its line.

    Three layers: the backend's schema, with keys at odds with each other; the strict set of its keys;
    and the backend's own validator, where its environment is installed. Exit code 3 says that there are
    faults.
    """
    examined = _examine(file, backend, as_json)
    if strict:
        both = sorted([*examined.errors, *examined.warnings], key=_place)
        examined = replace(examined, errors=both, warnings=[])
    for warning in () if as_json else examined.warnings:
        click.echo(f"warning: {warning}", err=True)
    if examined.not_run:
        click.echo(f"note: {backend}'s own validator was not run: {examined.not_run}", err=True)
    if as_json:
        _report_json(examined)
    else:
        _report_text(file, backend, examined)


def _report_text(file: Path, backend: str, examined: _Examined) -> None:
    if examined.errors:
        hint = f"correct them and run `thriftune validate {file}` again"
        raise faulty_file(str(file), examined.errors, hint=hint)
    click.echo(f"{file} is valid for {backend} (checked: {', '.join(examined.layers)})")


def _report_json(examined: _Examined) -> None:
    print_json(
        {
            "valid": not examined.errors,
            "errors": [fault_entry(fault) for fault in examined.errors],
            "warnings": [fault_entry(fault) for fault in examined.warnings],
            "layers": examined.layers,
        }
    )
    if examined.errors:
        raise SystemExit(BadInput.exit_code)


def _examine(path: Path, backend: str, as_json: bool) -> _Examined:
    from wrapper.backends import get_backend
    from wrapper.documents import read_text

    validate = get_backend(backend).validate
    try:
        text = read_text(path)
    except BadInput as unreadable:
        if not as_json:
            raise
        whole = Fault(kind="unreadable", message=unreadable.message, suggestion=unreadable.hint)
        return _Examined(errors=list(unreadable.faults) or [whole], warnings=[], layers=[])
    faults = list(validate(text, file=str(path)))
    layers, not_run = ["schema", "keys"], ""
    if not any(fault.kind in _UNREADABLE for fault in faults):
        more, not_run = _ask(text, path, backend, faults)
        faults += more
        layers += [] if not_run else [backend]
    faults.sort(key=_place)
    return _Examined(
        errors=[fault for fault in faults if not fault.kind.startswith(WARNING)],
        warnings=[fault for fault in faults if fault.kind.startswith(WARNING)],
        layers=layers,
        not_run=not_run,
    )


def _ask(text: str, path: Path, backend: str, known: list[Fault]) -> tuple[list[Fault], str]:
    """What the backend's own validator adds, or why it was not run."""
    from wrapper.environments.validator import ask_backend

    environment = _environment(backend)
    if environment is None:
        return [], f"`thriftune backend install {backend} --cpu`"
    try:
        return ask_backend(text, file=str(path), environment=environment, known=known), ""
    except EnvironmentFault as failure:
        return [], f"{failure.message}; {failure.hint}"


def _environment(backend: str) -> Environment | None:
    from wrapper.environments import find

    return find(backend, "cpu") or find(backend, "cuda")


def _place(fault: Fault) -> tuple[int, int]:
    return fault.line, fault.column
