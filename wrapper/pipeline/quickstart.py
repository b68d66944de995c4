"""What the quickstart needs before the ladder: the sample in a folder, and the environments."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from wrapper.environments import find, install
from wrapper.errors import BadInput, UsageFault
from wrapper.resources import presets_dir
from wrapper.spec.read import load_spec


def lay_out(task: str, folder: Path) -> Path:
    """Copy a sample into a folder, keeping what a user changed there; returns the path of the spec."""
    source = presets_dir() / "samples" / task
    spec = folder / "thriftune.yaml"
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not _is_of(task, spec)):
        raise UsageFault(
            f"{folder} is not empty, and no quickstart of `{task}`",
            hint="name another folder with `--folder`; for a spec of your own: `thriftune run SPEC`",
        )
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(source.iterdir()):
        if file.suffix in {".yaml", ".jsonl"} and not (folder / file.name).exists():
            shutil.copyfile(file, folder / file.name)
    return spec


def _is_of(task: str, spec: Path) -> bool:
    """True for a spec that was laid out for this task, whatever the user has changed in it since."""
    try:
        return load_spec(spec).spec.task.name == task
    except BadInput:
        return False


def install_missing(backends: Sequence[str], *, say: Callable[[str], None]) -> None:
    """Install the CPU environments that are not there yet."""
    for backend in backends:
        if find(backend, "cpu") is None:
            say(f"installing the `{backend}` environment, once; this takes some minutes and some gigabytes")
            install(backend, "cpu", say=say)
