"""`thriftune check`: every fault of a spec at once, with its line; nothing is spent."""

from __future__ import annotations

import os
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wrapper.cli.messages import fault_entry, print_json
from wrapper.errors import BadInput, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wrapper.documents import Document
    from wrapper.documents.places import KeyPath
    from wrapper.spec.fields import Spec


@click.command(name="check")
@click.argument("spec", type=click.Path(path_type=Path), default="thriftune.yaml")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document: valid, errors, warnings.")
def command(spec: Path, as_json: bool) -> None:
    """Report all faults of a spec at once, each with its line.

    SPEC is thriftune.yaml in this folder unless given. Exit code 3 says that there are faults.
    """
    if as_json:
        _report_json(spec)
    else:
        _report_text(spec)


def _report_text(path: Path) -> None:
    from wrapper.spec.parse import spec_refused

    found, faults = _examine(path)
    errors, warnings = _parted(faults)
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
    if found is None:
        raise spec_refused(str(path), errors)
    click.echo(_summary(path, found))


def _report_json(path: Path) -> None:
    try:
        errors, warnings = _parted(_examine(path)[1])
    except BadInput as unreadable:
        whole = Fault(kind="unreadable", message=unreadable.message, suggestion=unreadable.hint)
        errors, warnings = list(unreadable.faults) or [whole], []
    print_json(
        {
            "valid": not errors,
            "errors": [fault_entry(fault) for fault in errors],
            "warnings": [fault_entry(fault) for fault in warnings],
        }
    )
    if errors:
        raise SystemExit(BadInput.exit_code)


def _examine(path: Path) -> tuple[Spec | None, list[Fault]]:
    """The spec, and all that is wrong with it or with what it names, in the order of the file."""
    from wrapper.spec.parse import examine
    from wrapper.spec.read import absent_files, read_spec_document

    document = read_spec_document(path)
    spec, faults = examine(document)
    named = [
        *absent_files(document, path.parent),
        *_unreadable_data(document, path.parent),
        *_unusable_grading(document, path.parent),
        *_unknown_preset(document),
        *_unknown_gpu(document),
    ]
    return None if named else spec, sorted([*faults, *named], key=lambda fault: (fault.line, fault.column))


def _unknown_preset(document: Document) -> list[Fault]:
    from wrapper.documents import did_you_mean
    from wrapper.presets.load import preset_names

    model = document.value.get("model")
    named = model.get("preset") if isinstance(model, dict) else None
    known = preset_names()
    if not isinstance(named, str) or not named or named in known:
        return []
    suggestion = did_you_mean(named, known) or "see `thriftune presets ls`"
    return [document.fault("value", f"no preset `{named}`", ("model", "preset"), suggestion=suggestion)]


def _unreadable_data(document: Document, folder: Path) -> list[Fault]:
    """Files of a type that no rows are read from; what a folder or a glob covers is seen when it is read."""
    from wrapper.documents import dotted
    from wrapper.spec.read import CORPUS, data_files

    refused = ((path, _refused_name(named, folder)) for path, named in data_files(document) if path != CORPUS)
    return [
        document.fault("value", f"`{dotted(path)}`: {refusal.message}", path, suggestion=refusal.hint)
        for path, refusal in refused
        if refusal is not None
    ]


def _unusable_grading(document: Document, folder: Path) -> Iterator[Fault]:
    """A schema that is none, and a function that its file has not; the file is not run."""
    from wrapper.spec.read import FUNCTION, SCHEMA, text_at

    schema, function = text_at(document, SCHEMA), text_at(document, FUNCTION)
    if not schema and ":" not in function:
        return
    from wrapper.evaluation.grader_options import read_schema, require_function

    tests: list[tuple[KeyPath, str, Callable[[], object]]] = [
        (SCHEMA, schema, lambda: read_schema(folder / os.path.expanduser(schema))),  # noqa: PTH111
        (FUNCTION, function.rpartition(":")[0], lambda: require_function(function, folder)),
    ]
    for path, named, test in tests:
        if named and os.path.isfile(folder / os.path.expanduser(named)):  # noqa: PTH111, PTH113  # no error for odd names
            try:
                test()
            except BadInput as refusal:
                yield document.fault("value", refusal.message, path, suggestion=refusal.hint)


def _refused_name(named: str, folder: Path) -> BadInput | None:
    from wrapper.data.reading.file_types import is_read, remedy, suffix_of
    from wrapper.data.reading.hub_names import hub_data, is_hub_name

    if is_hub_name(named):
        try:
            hub_data(named)
        except BadInput as refusal:
            return refusal
        return None
    is_folder = os.path.isdir(folder / os.path.expanduser(named))  # noqa: PTH111, PTH112  # no error for odd names
    if is_read(named) or has_magic(named) or is_folder:
        return None
    return BadInput(f"rows cannot be read out of a `{suffix_of(named) or 'no suffix'}` file", hint=remedy(named))


def _unknown_gpu(document: Document) -> list[Fault]:
    from wrapper.documents import did_you_mean
    from wrapper.presets.gpu import gpu_names
    from wrapper.spec.consistency import UNPRICED_DEVICES

    budget = document.value.get("budget")
    named = budget.get("gpu") if isinstance(budget, dict) else None
    known = [*UNPRICED_DEVICES, *gpu_names()]
    if not isinstance(named, str) or not named or named in known:
        return []
    suggestion = did_you_mean(named, known) or f"known are {', '.join(known)}"
    return [document.fault("value", f"no GPU `{named}`", ("budget", "gpu"), suggestion=suggestion)]


def _parted(faults: list[Fault]) -> tuple[list[Fault], list[Fault]]:
    from wrapper.spec.parse import WARNING

    errors = [fault for fault in faults if not fault.kind.startswith(WARNING)]
    return errors, [fault for fault in faults if fault.kind.startswith(WARNING)]


def _summary(path: Path, spec: Spec) -> str:
    """One line: what it is, on which model, by which arms, to which target, within which budget."""
    task, budget = spec.task, spec.budget
    caps = []
    if budget.max_usd is not None:
        caps.append(f"${budget.max_usd:g}")
    if budget.max_gpu_hours is not None:
        caps.append(f"{budget.max_gpu_hours:g} GPU-hours")
    return (
        f"{path} is valid: {task.name} ({task.kind}) on {spec.model.preset or spec.model.base}, "
        f"{len(spec.evaluation.arms)} arms, {task.metric} of at least {task.target:g}, "
        f"{' and '.join(caps) or 'no cap'} on {budget.gpu}"
    )
