"""Make a backend's environment out of its lock, so that it is either whole or not there."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from wrapper import process
from wrapper.backends.protocol import Accelerator
from wrapper.environments import failures
from wrapper.environments.check import run_checks
from wrapper.environments.locate import (
    MARKER,
    Environment,
    Marker,
    environment_folder,
    find,
    interpreter,
    lock_digest,
    lock_path,
)
from wrapper.environments.pip_settings import Runner, read_pip_settings, uv_has_own_indexes, uv_variables
from wrapper.environments.sizes import ensure_room
from wrapper.environments.torch_source import TorchSource, choose_torch_source, locked_torch
from wrapper.environments.uv import find_uv
from wrapper.errors import EnvironmentFault

Say = Callable[[str], None]


def install(backend: str, accelerator: Accelerator, *, say: Say, runner: Runner = process.run) -> Environment:
    """Install an environment, or return the one that is there; of two at once the second waits.

    It is built where it will stay, and its marker is written last: whatever ends an installation
    before that, `find` does not see it, and the next one starts again (uv's cache keeps the downloads).
    """
    found = find(backend, accelerator)
    if found is not None:
        return found
    if accelerator == "cuda" and sys.platform != "linux":
        raise EnvironmentFault(
            f"CUDA environments are made on Linux only, and this is {sys.platform}",
            hint=f"thriftune backend install {backend} --cpu, or work inside WSL",
        )
    folder = environment_folder(backend, accelerator)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _alone(folder.parent / f".{folder.name}.lock", say) as held:
            found = find(backend, accelerator)  # the other installation may have made it
            if found is not None:
                return found
            _build(backend, accelerator, folder, say=say, runner=runner, held=held)
    except OSError as fault:
        raise failures.explain_os(fault, folder) from fault
    built = find(backend, accelerator)
    if built is None:
        raise EnvironmentFault(f"{folder} vanished while it was made", hint="try again")
    return built


@contextmanager
def _alone(file: Path, say: Say) -> Iterator[int]:
    """Hold a lock on a file; yields its descriptor.

    uv is given the descriptor too: should thriftune be killed, the lock lasts until the orphaned uv
    has ended, so that it can never write into an environment that is being made anew.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("another installation of this environment is running: waiting for it to end")
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


@dataclass(frozen=True, kw_only=True)
class _Uv:
    """uv, how it is started, and how its words are passed on. `extra` names pip's extra indexes."""

    command: list[str]
    variables: dict[str, str]
    extra: tuple[str, ...]
    folder: Path
    say: Say
    runner: Runner
    held: int

    def __call__(self, *arguments: str, unset: tuple[str, ...] = ()) -> None:
        """Run uv; raises EnvironmentFault with its last lines and a remedy."""
        variables = {name: value for name, value in self.variables.items() if name not in unset}
        ended = self.runner(
            [*self.command, *arguments],
            env=variables,
            cwd=self.folder.parent,
            on_line=self._pass_on,
            pass_fds=(self.held,),
        )
        if ended.returncode != 0:
            raise failures.explain(ended)

    def _pass_on(self, line: str) -> None:
        """All that uv says but the list of packages: that is the lock."""
        if not line.startswith(" + "):
            self.say(line)

    def install(self, *arguments: str, unset: tuple[str, ...] = ()) -> None:
        python = str(interpreter(self.folder))
        self("pip", "install", "--python", python, *arguments, unset=unset)


def _build(backend: str, accelerator: Accelerator, folder: Path, *, say: Say, runner: Runner, held: int) -> None:
    began = time.monotonic()
    ensure_room(backend, accelerator, folder, say=say)
    command, uv_version = find_uv(say=say, runner=runner)
    variables = process.child_environment()
    from_pip = uv_variables(read_pip_settings(runner), variables, uv_is_configured=uv_has_own_indexes(variables))
    variables |= from_pip
    variables["UV_COMPILE_BYTECODE"] = "1"  # once, else every start of a backend may compile its sources
    lock = lock_path(backend, accelerator)
    source = choose_torch_source(locked_torch(lock.read_text(encoding="utf-8")), accelerator, variables)
    extra = tuple(sorted({"UV_INDEX", "UV_INDEX_STRATEGY"} & from_pip.keys()))
    uv = _Uv(command=command, variables=variables, extra=extra, folder=folder, say=say, runner=runner, held=held)
    (folder / MARKER).unlink(missing_ok=True)  # before all else: a removal too can be killed half-way
    shutil.rmtree(folder, ignore_errors=True)
    _fill(uv, lock, source)
    _try_out(backend, accelerator, folder, say=say, runner=runner)
    seconds = time.monotonic() - began
    _write_marker(backend, accelerator, folder, uv_version=uv_version, seconds=seconds)


def _fill(uv: _Uv, lock: Path, source: TorchSource) -> None:
    """torch first, from where it comes on this machine; then all else exactly as locked, hashes checked."""
    uv("venv", "--quiet", "--no-project", "--python", sys.executable, str(uv.folder))
    uv.say(f"torch comes from {source.said}")
    uv.install("--no-deps", *source.arguments, source.requirement, unset=source.unset)
    if source.own_libraries:
        uv.install(source.requirement, unset=("UV_TORCH_BACKEND",))
    _install_lock(uv, lock)


def _install_lock(uv: _Uv, lock: Path) -> None:
    """All packages of a lock are public, so pip's extra indexes are asked only where the main one fails.

    With several indexes uv 0.13 takes a file of the first that has the version, not the file that fits
    best: multiprocess then comes as its build for Python 3.10, which fails under 3.11.
    """
    arguments = ("--no-deps", "-r", str(lock))
    try:
        uv.install(*arguments, unset=("UV_TORCH_BACKEND", *uv.extra))
    except EnvironmentFault:
        if not uv.extra:
            raise
        uv.say("trying again with pip's extra indexes")
        uv.install(*arguments, unset=("UV_TORCH_BACKEND",))


def _try_out(backend: str, accelerator: Accelerator, folder: Path, *, say: Say, runner: Runner) -> None:
    say("importing what was installed")
    results = run_checks(backend, accelerator, folder, only=("versions", "imports"), runner=runner)
    broken = [f"{result.name}: {result.detail}" for result in results if not result.ok]
    if broken:
        raise EnvironmentFault(
            f"the `{backend}` environment was installed but does not work: {'; '.join(broken)}",
            hint=failures.torch_hint(accelerator),
        )


def _write_marker(backend: str, accelerator: Accelerator, folder: Path, *, uv_version: str, seconds: float) -> None:
    site = next(iter(sorted(folder.glob("lib*/python*/site-packages")) or [folder / "Lib/site-packages"]))
    torch = [re.sub(r"^torch-|\.dist-info$", "", entry.name) for entry in site.glob("torch-*.dist-info")]
    marker = Marker(
        backend=backend,
        accelerator=accelerator,
        lock_sha256=lock_digest(backend, accelerator),
        python=platform.python_version(),
        uv=uv_version,
        torch=torch[0] if torch else "",
        packages=len(list(site.glob("*.dist-info"))),
        install_seconds=round(seconds, 1),
        disk_bytes=_disk_bytes(folder),
    )
    draft = folder / f"{MARKER}.draft"
    with draft.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(marker), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / MARKER)


def _disk_bytes(folder: Path) -> int:
    return sum((Path(place) / name).lstat().st_size for place, _, names in os.walk(folder) for name in names)
