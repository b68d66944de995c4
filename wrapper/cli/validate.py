"""`thriftune validate`: every fault of a backend's config at once, and what it would take; nothing is spent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wrapper.cli.messages import fault_entry, print_json
from wrapper.errors import BadInput, EnvironmentFault, Fault, faulty_file

if TYPE_CHECKING:
    from wrapper.environments import Environment
    from wrapper.plan.config_estimate import ConfigEstimate

WARNING = "warning_"
_UNREADABLE = ("syntax", "unreadable")


@dataclass(frozen=True, kw_only=True)
class _Examined:
    """All that was found; `not_run` says why the backend's own validator is not among `layers`."""

    errors: list[Fault]
    warnings: list[Fault]
    layers: list[str]
    not_run: str = ""
    config: dict[str, Any] | None = None


def _known_gpu(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    from wrapper.presets.gpu import gpu_names

    if value is not None and value not in gpu_names():
        raise click.BadParameter(f"no GPU `{value}`; there are {', '.join(gpu_names())}")
    return value


@click.command(name="validate")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--backend", default="axolotl", show_default=True, help="The backend that the config is for.")
@click.option("--gpu", metavar="NAME", callback=_known_gpu, help="Estimate time and price on this GPU preset.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document: valid, errors, warnings, estimate.")
@click.option("--strict", is_flag=True, help="Take warnings for errors.")
def command(file: Path, backend: str, gpu: str | None, as_json: bool, strict: bool) -> None:
    """Report all faults of a backend's config at once, each with its line.

    Three layers: the backend's schema, with keys at odds with each other; the strict set of its keys;
    and the backend's own validator, where its environment is installed. Exit code 3 says that there are
    faults. A config without any gets an estimate of its memory, and with `--gpu` of time and price; where
    none can be made, the reason.
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
        _report_json(examined, backend, gpu)
    else:
        _report_text(file, examined, backend, gpu)


def _report_text(file: Path, examined: _Examined, backend: str, gpu: str | None) -> None:
    if examined.errors:
        hint = f"correct them and run `thriftune validate {file}` again"
        raise faulty_file(str(file), examined.errors, hint=hint)
    click.echo(f"{file} is valid for {backend} (checked: {', '.join(examined.layers)})")
    from wrapper.plan.config_estimate import describe_estimate

    found = _estimate(examined, backend, gpu)
    click.echo(f"not estimated: {found}" if isinstance(found, str) else "\n".join(describe_estimate(found)))


def _report_json(examined: _Examined, backend: str, gpu: str | None) -> None:
    from wrapper.plan.config_estimate import as_document

    found = _estimate(examined, backend, gpu)
    print_json(
        {
            "valid": not examined.errors,
            "errors": [fault_entry(fault) for fault in examined.errors],
            "warnings": [fault_entry(fault) for fault in examined.warnings],
            "layers": examined.layers,
            "estimate": {"not_estimated": found} if isinstance(found, str) else as_document(found),
        }
    )
    if examined.errors:
        raise SystemExit(BadInput.exit_code)


def _estimate(examined: _Examined, backend: str, gpu: str | None) -> ConfigEstimate | str:
    """What the config takes, or why that is not known."""
    from wrapper.pipeline.config_estimate import estimate_of_config
    from wrapper.plan.config_shape import NotEstimated

    if examined.errors or examined.config is None:
        return "the config has faults"
    try:
        return estimate_of_config(examined.config, backend=backend, gpu=gpu)
    except NotEstimated as reason:
        return reason.message


def _examine(path: Path, backend: str, as_json: bool) -> _Examined:
    from wrapper.backends import get_backend
    from wrapper.documents import parse_yaml, read_text

    validate = get_backend(backend).validate
    try:
        text = read_text(path)
    except BadInput as unreadable:
        if not as_json:
            raise
        whole = Fault(kind="unreadable", message=unreadable.message, suggestion=unreadable.hint)
        return _Examined(errors=list(unreadable.faults) or [whole], warnings=[], layers=[])
    faults = list(validate(text, file=str(path)))
    layers, not_run, config = ["schema", "keys"], "", None
    if not any(fault.kind in _UNREADABLE for fault in faults):
        config = parse_yaml(text, file=str(path), floats="yaml11").value
        more, not_run = _ask(text, path, backend, faults)
        faults += more
        layers += [] if not_run else [backend]
    faults.sort(key=_place)
    return _Examined(
        errors=[fault for fault in faults if not fault.kind.startswith(WARNING)],
        warnings=[fault for fault in faults if fault.kind.startswith(WARNING)],
        layers=layers,
        not_run=not_run,
        config=config,
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
