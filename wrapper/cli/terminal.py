"""Progress on a terminal: a line a finished step, a live bar for long work, else plain lines."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from wrapper.cli.messages import printable
from wrapper.pipeline.reporter import Bar

_PLAIN_SECONDS = 20.0


class Terminal:
    """Reports on stderr, so that stdout holds results only."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.live = sys.stderr.isatty() and not quiet

    def step(self, name: str, text: str, *, seconds: float | None = None, reused: bool = False) -> None:
        if self.quiet:
            return
        took = "as before" if reused else "" if seconds is None else f"{seconds:.1f} s"
        click.echo(printable(f"{name:<32} {text}  {took}".rstrip()), err=True)

    def note(self, text: str) -> None:
        if not self.quiet:
            click.echo(f"  {printable(text)}", err=True)

    @contextmanager
    def bar(self, name: str) -> Iterator[Bar]:
        if not self.live:
            yield _PlainBar(name, quiet=self.quiet)
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[text]}", markup=False),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            yield _LiveBar(progress, name)


class _PlainBar:
    """A line now and then, for logs."""

    def __init__(self, name: str, *, quiet: bool) -> None:
        self.name, self.quiet, self.told = name, quiet, time.monotonic()

    def update(self, done: float, total: float, text: str = "") -> None:
        if not self.quiet and time.monotonic() - self.told >= _PLAIN_SECONDS:
            self.told = time.monotonic()
            click.echo(f"  {self.name} {done:.0f} of {total:.0f}, {text}", err=True)


class _LiveBar:
    def __init__(self, progress: object, name: str) -> None:
        from rich.progress import Progress

        assert isinstance(progress, Progress)
        self.progress = progress
        self.task = progress.add_task(name, total=1, text="")

    def update(self, done: float, total: float, text: str = "") -> None:
        self.progress.update(self.task, completed=done, total=max(total, 1), text=text)
