"""Every way a command can end other than done: one class a failure, its exit code on the class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing wrong in a file that a user wrote.

    `line` and `column` are 1-based; 0 says that the fault belongs to the file as a whole.
    `kind` is a stable word for programs: `unknown_key`, `type`, `missing`, `value`, `cross_field`,
    `duplicate_key`, `syntax`, `deprecated`, ...
    """

    kind: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    key: str = ""
    suggestion: str = ""

    def __str__(self) -> str:
        place = self.file
        if self.line:
            place += f":{self.line}:{self.column}"
        text = f"{place}: {self.message}" if place else self.message
        return f"{text}; {self.suggestion}" if self.suggestion else text


class ThriftuneError(Exception):
    """A failure that is told to the user as `error: ...` and `hint: ...`, never as a traceback."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageFault(ThriftuneError):
    """The command line asks for something that does not exist or does not fit together."""

    exit_code = 2


class BadInput(ThriftuneError):
    """A spec, data file or config is wrong; `faults` holds all that was found."""

    exit_code = 3

    def __init__(self, message: str, *, hint: str = "", faults: Sequence[Fault] = ()) -> None:
        super().__init__(message, hint=hint)
        self.faults = tuple(faults)


def faulty_file(file: str, faults: Sequence[Fault], *, hint: str) -> BadInput:
    """The refusal of a file that can be read but is wrong: how many faults, and all of them."""
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    return BadInput(f"{count} in `{file}`", hint=hint, faults=faults)


class EnvironmentFault(ThriftuneError):
    """A backend environment, a GPU or another program is missing or broken."""

    exit_code = 4


class GateRefused(ThriftuneError):
    """A gate said no: `gate` names it, as `--override GATE=REASON` takes it."""

    exit_code = 5

    def __init__(self, message: str, *, gate: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.gate = gate


class BudgetReached(ThriftuneError):
    """The spend reached `max_usd` or `max_gpu_hours`; what was trained so far is saved."""

    exit_code = 6


class BackendFailed(ThriftuneError):
    """The backend's own program ended in failure."""

    exit_code = 7


class OutOfMemory(BackendFailed):
    """The backend's program did not get the memory that it asked for."""


class Interrupted(ThriftuneError):
    """The user pressed Ctrl-C; what was done so far is saved."""

    exit_code = 130
