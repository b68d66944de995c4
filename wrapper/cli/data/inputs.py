"""The arguments that the data commands share: files or a spec, how to read them, and for which model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wrapper.errors import UsageFault

if TYPE_CHECKING:
    from wrapper.pipeline.data_audit import Request

_SPEC_SUFFIXES = (".yaml", ".yml")
_KINDS = ("classification", "extraction", "chat", "summarisation", "sql", "tool_call", "qa")
_OPTIONS = (
    click.argument("files", nargs=-1, metavar="[SPEC | FILES...]"),
    click.option("--test", multiple=True, metavar="FILE", help="File of test rows: never trained on."),
    click.option("--validation", multiple=True, metavar="FILE", help="File of validation rows."),
    click.option("--input-field", metavar="FIELD", help="Field or column with the input."),
    click.option("--output-field", metavar="FIELD", help="Field or column with the answer."),
    click.option("--group-field", metavar="FIELD", help="Field that names a row's source, such as a document."),
    click.option("--kind", type=click.Choice(_KINDS), help="Kind of task: chats may have many right answers."),
    click.option("--model", metavar="PRESET|FOLDER|ID", help="Count tokens as this model does, where it is here."),
)


def data_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The shared arguments, which arrive as keywords: hand them all to `request_of`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def request_of(
    files: tuple[str, ...],
    *,
    test: tuple[str, ...],
    validation: tuple[str, ...],
    input_field: str | None,
    output_field: str | None,
    group_field: str | None,
    kind: str | None,
    model: str | None,
) -> Request:
    """What the arguments name, fetched where that is a data set of the hub. Options go over what a spec says.

    Raises UsageFault where nothing is named.
    """
    import msgspec

    from wrapper.pipeline.data_audit import Request
    from wrapper.pipeline.hub_data import fetch_hub_data
    from wrapper.spec.fields import Data
    from wrapper.spec.read import load_spec

    fields = {"input": input_field, "output": output_field, "group": group_field}
    given: dict[str, Any] = {"test": test, "validation": validation, **fields}
    given = {key: value for key, value in given.items() if value}
    if "" in (*files, *test, *validation):
        raise UsageFault("a file has an empty name", hint="is a variable of your shell not set?")
    spec_file = _spec_file(files)
    loaded = load_spec(spec_file) if spec_file else None
    named = _model(model) if model else None
    files, given = _own_folder(files, given)
    request = Request(
        data=msgspec.structs.replace(loaded.spec.data if loaded else Data(train=files), **given),
        folder=loaded.folder if loaded else Path.cwd(),
        kind=kind or (loaded.spec.task.kind if loaded else None),  # type: ignore[arg-type]
        model=named or (loaded.spec.model if loaded else None),
        spec=loaded.spec if loaded else None,
        spec_path=spec_file,
    )
    fetch_hub_data(request.data, say=lambda text: click.echo(text, err=True))
    return request


def _own_folder(files: tuple[str, ...], given: dict[str, Any]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """A folder that `data split` or `data clean` wrote is its three splits, not one heap of rows."""
    if len(files) != 1 or not any((Path(files[0]) / name).is_file() for name in ("split.json", "clean.json")):
        return files, given
    there = {name: str(Path(files[0]) / f"{name}.jsonl") for name in ("train", "validation", "test")}
    named = {name: (file,) for name, file in there.items() if Path(file).is_file() and Path(file).stat().st_size}
    return named.pop("train", files), {**named, **given}


def _spec_file(files: tuple[str, ...]) -> Path | None:
    if files and not files[0].endswith(_SPEC_SUFFIXES):
        return None
    if len(files) > 1:
        raise UsageFault("a spec names its own data files", hint="give the spec alone, or data files alone")
    file = Path(files[0]) if files else Path("thriftune.yaml")
    if not files and not file.is_file():
        raise UsageFault(
            "no data file is named, and there is no thriftune.yaml here",
            hint="name one or several: thriftune data audit train.jsonl --test test.jsonl",
        )
    return file


def _model(named: str) -> Any:
    """A preset by its name, else a local folder or a hub id; a local folder is relative to the current one."""
    from wrapper.documents import did_you_mean
    from wrapper.presets.load import preset_names
    from wrapper.spec.fields import Model

    if named in preset_names():
        return Model(preset=named)
    local = Path(named).expanduser()
    if not local.is_dir() and "/" not in named:
        near = did_you_mean(named, preset_names())
        raise UsageFault(f"no model preset `{named}`", hint=near or "see `thriftune presets ls`, or name a folder")
    return Model(base=str(local.resolve()) if local.is_dir() else named)


def check_outputs(request: Request, *outputs: Path | None) -> None:
    """Raise UsageFault where an output could not be written, or would be written over an input or another output."""
    from wrapper.data.reading.sources import find_sources

    named = [file for files in request.data.named.values() for file in files]
    inputs = {source.path.resolve() for source in find_sources(named, request.folder)[0]}
    if request.spec_path:
        inputs.add(request.spec_path.resolve())
    for output in filter(None, outputs):
        if output.is_dir():
            raise UsageFault(f"{output} is a folder", hint="name a file")
        if not output.absolute().parent.is_dir():
            raise UsageFault(f"there is no folder {output.parent}", hint="make it, or name another file")
        if output.resolve() in inputs:
            raise UsageFault(f"this would write over {output}, which is read or written too", hint="name another file")
        inputs.add(output.resolve())
