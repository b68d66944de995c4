"""Preset files: found by name, read strictly, refused with the file and the field."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from wrapper.documents import did_you_mean, read_document
from wrapper.errors import BadInput
from wrapper.resources import presets_dir

T = TypeVar("T")

_REMEDY = "restore the file, or install thriftune again"


def names_in(folder: str) -> list[str]:
    """Names of all presets in a folder of presets/, sorted."""
    return sorted(file.stem for file in (presets_dir() / folder).glob("*.yaml"))


def preset_file(folder: str, name: str) -> Path:
    """The file of a preset; raises BadInput for an unknown name."""
    known = names_in(folder)
    if name not in known:
        hint = did_you_mean(name, known) or f"there are: {', '.join(known)}"
        raise BadInput(f"no preset `{name}` in presets/{folder}", hint=hint)
    return presets_dir() / folder / f"{name}.yaml"


def read_preset(folder: str, name: str, kind: type[T]) -> T:
    """The preset, as a typed value; raises BadInput that names the file and the field."""
    file = preset_file(folder, name)
    document = read_document(file)
    if document.faults:
        raise BadInput(f"the preset file `{file}` is broken", hint=_REMEDY, faults=document.faults)
    try:
        preset = msgspec.convert(document.value, kind)
    except msgspec.ValidationError as failure:
        raise BadInput(f"the preset file `{file}` is broken: {failure}", hint=_REMEDY) from None
    stated = document.value.get("name")
    if stated != name:
        raise BadInput(f"the preset file `{file}` says `name: {stated}`", hint=_REMEDY)
    return preset
