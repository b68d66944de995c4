"""How much disk an environment takes, as measured, and whether there is room for it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from wrapper.backends.protocol import Accelerator
from wrapper.errors import EnvironmentFault
from wrapper.resources import presets_dir

_GIB = 1024**3


class Size(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The disk that an environment takes, and when and how that was found."""

    disk_gib: float
    source: str


def needed_gib(backend: str, accelerator: Accelerator) -> float:
    file = presets_dir() / "locks" / "sizes.json"
    sizes = msgspec.json.decode(file.read_bytes(), type=dict[str, Size])
    return sizes[f"{backend}-{accelerator}"].disk_gib


def free_gib(folder: Path) -> float:
    """Free disk where a folder is, or will be."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return shutil.disk_usage(there).free / _GIB


def ensure_room(backend: str, accelerator: Accelerator, folder: Path, *, say: Callable[[str], None]) -> None:
    """Tell what an installation needs; raises EnvironmentFault if the disk has less."""
    needed, free = needed_gib(backend, accelerator), free_gib(folder)
    say(f"`{backend}` for {accelerator} takes {needed:.1f} GiB in {folder.parent} ({free:.1f} GiB free)")
    if free < needed:
        raise EnvironmentFault(
            f"`{backend}` for {accelerator} needs {needed:.1f} GiB; {folder.parent} has {free:.1f} GiB free",
            hint="make room, or set THRIFTUNE_CACHE to a folder on a larger disk",
        )
