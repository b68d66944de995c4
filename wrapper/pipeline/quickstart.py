"""What the quickstart needs before the ladder: the sample in a folder, and the environments."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from wrapper.environments import find, install
from wrapper.errors import UsageFault
from wrapper.resources import presets_dir


def lay_out(task: str, folder: Path) -> Path:
    """Copy a sample into a folder, keeping what a user changed there; returns the path of the spec."""
    source = presets_dir() / "samples" / task
    spec = folder / "thriftune.yaml"
    if folder.exists() and not spec.is_file() and any(folder.iterdir()):
        raise UsageFault(f"{folder} is not empty, and not a quickstart", hint="name another with `--folder`")
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(source.iterdir()):
        if file.suffix in {".yaml", ".jsonl"} and not (folder / file.name).exists():
            shutil.copyfile(file, folder / file.name)
    return spec


def install_missing(backends: Sequence[str], *, say: Callable[[str], None]) -> None:
    """Install the CPU environments that are not there yet."""
    for backend in backends:
        if find(backend, "cpu") is None:
            say(f"installing the `{backend}` environment, once; this takes some minutes and some gigabytes")
            install(backend, "cpu", say=say)
