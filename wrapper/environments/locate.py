"""Where a backend's environment lies, and whether it is there and whole; starts nothing."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from wrapper.backends.protocol import Accelerator
from wrapper.errors import EnvironmentFault, UsageFault
from wrapper.resources import cache_dir, presets_dir

MARKER = "thriftune-environment.json"


class Marker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Written into an environment last of all: without it the environment is not whole."""

    version: Literal[1] = 1
    backend: str
    accelerator: Accelerator
    lock_sha256: str
    python: str
    uv: str
    torch: str
    packages: int
    install_seconds: float
    disk_bytes: int


@dataclass(frozen=True, kw_only=True)
class Environment:
    """An installed environment; `python` is the interpreter that has the backend's packages."""

    backend: str
    accelerator: Accelerator
    folder: Path
    python: Path
    lock_digest: str


def detect_accelerator() -> Accelerator:
    """`cuda` where an NVIDIA driver is installed and its GPUs are not hidden, else `cpu`."""
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return "cpu"
    driver = Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None
    return "cuda" if driver else "cpu"


def environment_names() -> tuple[str, ...]:
    """The backends that have a lock, sorted."""
    return tuple(sorted(lock.name.removesuffix("-cpu.lock") for lock in _locks().glob("*-cpu.lock")))


def _locks() -> Path:
    return presets_dir() / "locks"


def lock_path(backend: str, accelerator: Accelerator) -> Path:
    """The lock that an environment is made from; raises UsageFault for an unknown backend."""
    known = environment_names()
    if backend not in known:
        raise UsageFault(f"no backend `{backend}`", hint=f"backends are: {', '.join(known)}")
    return _locks() / f"{backend}-{accelerator}.lock"


def lock_digest(backend: str, accelerator: Accelerator) -> str:
    return hashlib.sha256(lock_path(backend, accelerator).read_bytes()).hexdigest()


def environment_folder(backend: str, accelerator: Accelerator) -> Path:
    """One folder for each lock and each Python: a new lock never changes an environment that is in use."""
    digest = lock_digest(backend, accelerator)[:12]
    python = f"py{sys.version_info.major}{sys.version_info.minor}"
    return cache_dir() / "environments" / f"{backend}-{accelerator}-{digest}-{python}"


def read_marker(folder: Path) -> Marker | None:
    """What is known of the environment in a folder, or None if it is not whole."""
    try:
        return msgspec.json.decode((folder / MARKER).read_bytes(), type=Marker)
    except (OSError, msgspec.MsgspecError):
        return None


def interpreter(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def find(backend: str, accelerator: Accelerator) -> Environment | None:
    """The environment that belongs to this lock and this Python, if it is installed and whole."""
    folder = environment_folder(backend, accelerator)
    marker = read_marker(folder)
    digest = lock_digest(backend, accelerator)
    if marker is None or marker.lock_sha256 != digest or not interpreter(folder).exists():
        return None
    return Environment(
        backend=backend,
        accelerator=accelerator,
        folder=folder,
        python=interpreter(folder),
        lock_digest=digest,
    )


def require(backend: str, accelerator: Accelerator) -> Environment:
    """The environment, or EnvironmentFault with the command that installs it."""
    found = find(backend, accelerator)
    if found is None:
        raise EnvironmentFault(
            f"the `{backend}` environment for {accelerator} is not installed",
            hint=f"thriftune backend install {backend} --{accelerator}",
        )
    return found


def discard(environment: Environment) -> None:
    """From now on it is not there; the next installation removes what is left of it."""
    (environment.folder / MARKER).unlink(missing_ok=True)
