"""A project on disk: the spec's folder and the `.thriftune` folder beside the spec."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wrapper import process
from wrapper.errors import EnvironmentFault, UsageFault
from wrapper.ledger.store import Ledger
from wrapper.process import Identity


@dataclass(frozen=True, kw_only=True)
class Project:
    """Where a project's state lies; `ledger` is open."""

    folder: Path
    state: Path
    ledger: Ledger

    def run_folder(self, run_id: str) -> Path:
        return self.state / "runs" / run_id

    def data_folder(self, digest: str) -> Path:
        return self.state / "data" / digest[:16]

    @property
    def answers_file(self) -> Path:
        """What models answered in this project."""
        return self.state / "answers"

    def held_out_file(self, seed: int) -> Path:
        """What keeps the rows that were split off with a seed where they are."""
        return held_out_file(self.folder, seed)

    def noted(self, path: Path) -> str:
        """A path as the ledger keeps it: relative to the state, so that a project can be moved."""
        return str(path.relative_to(self.state))

    def place(self, noted: str) -> Path:
        """Where a noted path is now."""
        return self.state / noted


def held_out_file(folder: Path, seed: int) -> Path:
    """As Project.held_out_file, for commands that only look and must not begin a project."""
    return folder / ".thriftune" / "data" / f"held-out-{seed}.json"


def open_project(folder: Path) -> Project:
    """Open or begin the state of a project; closes runs in the ledger whose program is gone."""
    folder = folder.resolve()
    state = folder / ".thriftune"
    ledger = Ledger(state / "ledger")
    ledger.reconcile(lambda pid, started: process.is_alive(Identity(pid=pid, started=started)))
    return Project(folder=folder, state=state, ledger=ledger)


def existing_project(folder: Path) -> Project | None:
    """The project of a folder, for commands that only look; None where none was begun."""
    return open_project(folder) if (folder / ".thriftune" / "ledger").is_file() else None


def find_project(folder: Path) -> Project:
    """The project that the folder belongs to; raises UsageFault if none was begun."""
    found = existing_project(folder)
    if found is None:
        raise UsageFault(f"no run has been made in {folder}", hint="start one with `thriftune run`")
    return found


@contextmanager
def alone(project: Project) -> Iterator[None]:
    """Hold the project for one running thriftune; the lock ends with the process, however it ends."""
    file = project.state / "lock"
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as failure:
        raise EnvironmentFault(f"{file}: cannot be written: {failure.strerror}") from failure
    try:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UsageFault(
                    f"another thriftune is running in {project.folder}",
                    hint="wait for it, or look at it with `thriftune runs ls`",
                ) from None
        yield
    finally:
        os.close(descriptor)
