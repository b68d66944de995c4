"""A user's own Python, run so that it can neither write to stdout nor hang, and told without control characters."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from io import StringIO
from typing import Any

_STDOUT, _STDERR = 1, 2
_AGAIN_SECONDS = 1.0  # a bare `except:` of the user's may swallow the first alarm
_LEAST_SECONDS = 0.001


class OutOfTime(BaseException):
    """No `Exception`: a user's `except Exception` must not swallow it."""


class _Unclosable:
    """A stream that what is run cannot close."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def close(self) -> None:
        pass


@contextmanager
def stdout_kept() -> Iterator[None]:
    """What is written to stdout meanwhile, by this process or those it starts, goes to stderr.

    stdout may be a JSON document. The standard streams cannot be closed meanwhile.
    """
    _flush()
    apart: Any = _Unclosable(sys.stderr or StringIO())
    with redirect_stderr(apart), redirect_stdout(apart):
        away = _away()  # before stdout is kept: a closed stderr leaves its number free
        try:
            kept = os.dup(_STDOUT)
        except OSError:  # closed
            os.close(away)
            yield
            return
        try:
            os.dup2(away, _STDOUT)
            yield
        finally:
            _flush()
            os.dup2(kept, _STDOUT)
            os.close(kept)
            os.close(away)


def _away() -> int:
    """Where stderr leads, or nowhere if it is closed."""
    try:
        return os.dup(_STDERR)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)


def _flush() -> None:
    streams: list[Any] = [sys.__stdout__, sys.stdout, sys.stderr]
    for stream in streams:
        with suppress(AttributeError, OSError, ValueError):  # none, broken, or closed
            stream.flush()


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises OutOfTime once the time is over; only in the main thread of a system that has alarms."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGALRM"):
        yield
        return

    def stop(number: int, frame: object) -> None:
        raise OutOfTime

    began = time.monotonic()
    handler = signal.signal(signal.SIGALRM, stop)
    before, interval = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL if handler is None else handler)  # None: not set by Python
        if before:
            left = max(before - (time.monotonic() - began), _LEAST_SECONDS)
            signal.setitimer(signal.ITIMER_REAL, left, interval)


def printable(text: str) -> str:
    """With control characters as escapes, such as `\\x1b`, so that no text can drive a terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
