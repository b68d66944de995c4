"""Start a program in a process group of its own, wait for it with bounded memory, and end it in order."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from wrapper.process.identity import Identity, identity

SECRETS = frozenset({"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "ANTHROPIC_AUTH_TOKEN"})
_KEY_ENDING = "API_KEY"  # RUNPOD_API_KEY, WANDB_API_KEY, OPENAI_API_KEY, ...: every service names its own so
_withheld: set[str] = set()
# They point Python at the packages of the environment that thriftune itself runs in.
_PYTHON_OF_THE_CALLER = frozenset({"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"})
_OUTPUT_BYTES = 32 * 1024 * 1024
_STREAMED_LINES = 2_000


def child_environment(
    extra: Mapping[str, str] | None = None, *, pass_secrets: Collection[str] = ()
) -> dict[str, str]:
    """The user's environment with `extra`, without tokens and keys unless they are asked for by name."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _PYTHON_OF_THE_CALLER and (name in pass_secrets or not _is_secret(name))
    }
    return kept | dict(extra or {})


def withhold(name: str) -> None:
    """Let no program get this environment variable from now on: a spec says that a key is in it."""
    _withheld.add(name)


def _is_secret(name: str) -> bool:
    return name in SECRETS or name in _withheld or name.upper().endswith(_KEY_ENDING)


@dataclass(frozen=True, kw_only=True)
class Completed:
    """A program that has ended. `returncode` is negative when a signal ended it."""

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str
    elapsed_seconds: float
    timed_out: bool


class Program:
    """A program in a session of its own; its `identity` finds it again after a restart of thriftune."""

    def __init__(self, popen: subprocess.Popen[bytes], argv: Sequence[str]) -> None:
        self._popen = popen
        self.argv = tuple(argv)
        self.pid = popen.pid
        self.identity = identity(popen.pid) or Identity(pid=popen.pid, started=time.time())

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._popen.poll()

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait so many seconds for the end; the exit code, or None if it still runs."""
        try:
            return self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def signal(self, number: int) -> None:
        """Signal the whole group, as a terminal does."""
        now = identity(self.pid)
        if now is not None and now != self.identity:
            return  # a group that has members keeps its id: whoever has this one now is a stranger
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def stop(self, *, interrupt_seconds: float = 60.0, terminate_seconds: float = 10.0) -> int:
        """End it in order: SIGINT (a trainer saves), SIGTERM, then SIGKILL to what is left of the group."""
        for number, seconds in ((signal.SIGINT, interrupt_seconds), (signal.SIGTERM, terminate_seconds)):
            if self.poll() is not None or seconds <= 0:
                continue
            self.signal(number)
            self.wait(seconds)
        self.signal(signal.SIGKILL)
        return self._popen.wait()


def start(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    log_file: Path | None = None,
) -> Program:
    """Start a program; its output is appended to `log_file`, or thrown away.

    `env` is the whole environment (see `child_environment`, which is also the default).
    Raises FileNotFoundError or PermissionError if it cannot be started.
    """
    if log_file is None:
        return _popen(argv, env=env, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("ab") as log:
        return _popen(argv, env=env, cwd=cwd, stdout=log, stderr=subprocess.STDOUT)


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float | None = None,
    stdout_file: Path | None = None,
    on_line: Callable[[str], None] | None = None,
    pass_fds: Sequence[int] = (),
) -> Completed:
    """Run a program to its end, or to its end by force after `timeout` seconds or a Ctrl-C.

    `stdout` and `stderr` hold the last 32 MiB of each. With `stdout_file`, both go there instead and stay
    empty here. With `on_line`, both are one stream, given line by line as it comes; `stdout` holds its
    last 2,000 lines. Open files in `pass_fds` stay open in the program, and with them the locks on them.
    """
    began = time.monotonic()
    if on_line is not None:
        return _run_streamed(argv, env, cwd, timeout, on_line, pass_fds, began)
    if stdout_file is not None:
        program = start(argv, env=env, cwd=cwd, log_file=stdout_file)
        timed_out = _wait_or_stop(program, timeout)
        return _completed(program, "", "", began, timed_out)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        program = _popen(argv, env=env, cwd=cwd, stdout=out, stderr=err, pass_fds=pass_fds)
        timed_out = _wait_or_stop(program, timeout)
        return _completed(program, _tail(out), _tail(err), began, timed_out)


def _popen(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None,
    cwd: Path | None,
    stdout: int | IO[bytes],
    stderr: int | IO[bytes],
    pass_fds: Sequence[int] = (),
) -> Program:
    popen = subprocess.Popen(
        list(argv),
        env=child_environment() if env is None else dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
        pass_fds=tuple(pass_fds),
    )
    return Program(popen, argv)


def _wait_or_stop(program: Program, timeout: float | None) -> bool:
    """True if the time was up; whatever interrupts the wait ends the program too."""
    try:
        if program.wait(timeout) is not None:
            return False
    except BaseException:
        program.stop(interrupt_seconds=5, terminate_seconds=5)
        raise
    program.stop(interrupt_seconds=0, terminate_seconds=5)
    return True


def _run_streamed(
    argv: Sequence[str],
    env: Mapping[str, str] | None,
    cwd: Path | None,
    timeout: float | None,
    on_line: Callable[[str], None],
    pass_fds: Sequence[int],
    began: float,
) -> Completed:
    reading, writing = os.pipe()
    with os.fdopen(reading, "r", encoding="utf-8", errors="replace") as lines:
        with os.fdopen(writing, "wb") as output:
            program = _popen(argv, env=env, cwd=cwd, stdout=output, stderr=output, pass_fds=pass_fds)
        expired = threading.Event()

        def end_it() -> None:
            expired.set()
            program.stop(interrupt_seconds=0)

        alarm = threading.Timer(timeout or 0, end_it)
        if timeout is not None:
            alarm.start()
        kept: deque[str] = deque(maxlen=_STREAMED_LINES)
        try:
            for line in lines:
                kept.append(line)
                on_line(line.rstrip("\n"))
            program.wait()
        except BaseException:
            program.stop(interrupt_seconds=5, terminate_seconds=5)
            raise
        finally:
            alarm.cancel()
    return _completed(program, "".join(kept), "", began, expired.is_set())


def _completed(program: Program, stdout: str, stderr: str, began: float, timed_out: bool) -> Completed:
    return Completed(
        argv=program.argv,
        returncode=program.stop(interrupt_seconds=0, terminate_seconds=0),
        stdout=stdout,
        stderr=stderr,
        elapsed_seconds=time.monotonic() - began,
        timed_out=timed_out,
    )


def _tail(file: IO[bytes]) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _OUTPUT_BYTES))
    return file.read().decode("utf-8", errors="replace")
