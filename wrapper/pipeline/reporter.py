"""What a run tells the person who waits: the seam between the pipeline and a terminal."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol


class Bar(Protocol):
    """A piece of work whose end can be foreseen."""

    def update(self, done: float, total: float, text: str = "") -> None: ...


class Reporter(Protocol):
    """One line a finished step, a note for what the user should know, a bar for long work."""

    def step(self, name: str, text: str, *, seconds: float | None = None, reused: bool = False) -> None: ...

    def note(self, text: str) -> None: ...

    def bar(self, name: str) -> AbstractContextManager[Bar]: ...
