"""Which process was ours: a process id with the time it was started, since ids are used again."""

from __future__ import annotations

from dataclasses import dataclass

# The clock of the machine may be set between two readings of the same start time.
_TOLERANCE_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A process id and when that process started, in seconds since the epoch."""

    pid: int
    started: float


def identity(pid: int) -> Identity | None:
    """The identity of a running process, or None if there is none with that id."""
    import psutil

    try:
        return Identity(pid=pid, started=psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def is_alive(known: Identity) -> bool:
    """True while that very process runs: not a later one with its id, not one that has ended unreaped."""
    import psutil

    try:
        process = psutil.Process(known.pid)
        same = abs(process.create_time() - known.started) < _TOLERANCE_SECONDS
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
