"""Preset files: found by name, the user's own before the shipped ones, read strictly, refused with file and field."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeVar

import msgspec

from wrapper.documents import did_you_mean, read_document
from wrapper.errors import BadInput
from wrapper.resources import presets_dir

T = TypeVar("T")

_RESTORE = "restore the file, or install thriftune again"
_MEND = "mend it, or remove it: a shipped preset shows what belongs in it, see `thriftune presets show`"


def user_presets_dir() -> Path:
    """The folder of the user's own presets, whether it is there or not; `THRIFTUNE_PRESETS` moves it."""
    chosen = os.environ.get("THRIFTUNE_PRESETS")
    if chosen:
        return Path(chosen).expanduser()
    # Path.expanduser fails where a user has no home
    config = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")  # noqa: PTH111
    return Path(config) / "thriftune" / "presets"


def names_in(folder: str) -> list[str]:
    """Names of all presets in a folder of presets/, the user's among them, sorted."""
    return sorted({file.stem for home in (user_presets_dir(), presets_dir()) for file in _files(home / folder)})


def preset_file(folder: str, name: str) -> Path:
    """The file of a preset, the user's if there is one; raises BadInput for an unknown name."""
    known = names_in(folder)
    if name not in known:
        hint = did_you_mean(name, known) or f"there are: {', '.join(known)}"
        raise BadInput(f"no preset `{name}` in presets/{folder}", hint=hint)
    own = user_presets_dir() / folder / f"{name}.yaml"
    return own if own.is_file() else presets_dir() / folder / f"{name}.yaml"


def read_preset(folder: str, name: str, kind: type[T]) -> T:
    """The preset, as a typed value; raises BadInput that names the file and the field."""
    file = preset_file(folder, name)
    hint = _MEND if file.is_relative_to(user_presets_dir()) else _RESTORE
    document = read_document(file)
    if document.faults:
        raise BadInput(f"the preset file `{file}` is broken", hint=hint, faults=document.faults)
    try:
        preset = msgspec.convert(document.value, kind)
    except msgspec.ValidationError as failure:
        raise BadInput(f"the preset file `{file}` is broken: {failure}", hint=hint) from None
    stated = document.value.get("name")
    if stated != name:
        raise BadInput(f"the preset file `{file}` says `name: {stated}`", hint=hint)
    return preset


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.glob("*.yaml") if file.is_file()]


def read_lines(file: Path, kind: type[T]) -> list[T]:
    """A value for each line of a file of JSON lines; raises BadInput that names the file and line of a broken one."""
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            found.append(msgspec.json.decode(line, type=kind))
        except msgspec.DecodeError as failure:
            raise BadInput(f"`{file}:{number}` is broken: {failure}", hint="restore the file") from None
    return found
