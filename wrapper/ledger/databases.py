"""The SQLite files of a project: opened, and their failures told as what the user can do about them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wrapper.errors import BadInput, EnvironmentFault

_WAIT_SECONDS = 30  # for another program that writes


def connect(path: Path) -> sqlite3.Connection:
    """Each statement is a durable transaction of its own, unless one is begun."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)


@contextmanager
def explained(path: Path, what: str, *, if_full: str, if_damaged: str) -> Iterator[None]:
    """Raises EnvironmentFault for a file that cannot be used, BadInput for one that is damaged, with these hints."""
    try:
        yield
    except OSError as failure:
        raise EnvironmentFault(f"{path}: cannot be written: {failure.strerror}") from failure
    except sqlite3.OperationalError as failure:
        raise EnvironmentFault(f"{path}: {failure}", hint=if_full) from failure
    except sqlite3.DatabaseError as failure:
        raise BadInput(f"{path}: {what} is damaged: {failure}", hint=if_damaged) from failure
