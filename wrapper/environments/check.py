"""Does an installed environment work: imports, versions against the lock, a 4-bit layer on the device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from wrapper import process
from wrapper.backends.protocol import Accelerator
from wrapper.environments.locate import Environment, interpreter, lock_path
from wrapper.environments.pip_settings import Runner
from wrapper.resources import worker_dir

ALL_CHECKS = ("versions", "imports", "nf4")
_TIMEOUT_SECONDS = 900
# Nothing is fetched or reported while packages are imported.
_QUIET = {"HF_HUB_OFFLINE": "1", "WANDB_DISABLED": "true", "AXOLOTL_DO_NOT_TRACK": "1"}


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """One check: what was seen, or what is wrong."""

    name: str
    ok: bool
    seconds: float
    detail: str


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """All checks of an environment."""

    environment: Environment
    results: tuple[CheckResult, ...]

    @property
    def ok(self) -> bool:
        return all(result.ok for result in self.results)


def check(environment: Environment, *, runner: Runner = process.run) -> CheckReport:
    """Run every check inside the environment; what fails is a result, not an exception."""
    results = run_checks(
        environment.backend, environment.accelerator, environment.folder, only=ALL_CHECKS, runner=runner
    )
    return CheckReport(environment=environment, results=results)


def run_checks(
    backend: str, accelerator: Accelerator, folder: Path, *, only: Sequence[str], runner: Runner
) -> tuple[CheckResult, ...]:
    """Run some checks in a folder that may not be whole yet."""
    worker = worker_dir() / "check_environment.py"
    lock = lock_path(backend, accelerator)
    argv = [str(interpreter(folder)), str(worker), "--backend", backend, "--device", accelerator]
    ended = runner(
        [*argv, "--lock", str(lock), *only],
        env=process.child_environment(_QUIET),
        timeout=_TIMEOUT_SECONDS,
    )
    results = [msgspec.json.decode(line, type=CheckResult) for line in ended.stdout.splitlines()]
    unanswered = [name for name in only if name not in {result.name for result in results}]
    if unanswered:
        last = ended.stderr.strip().splitlines()[-3:]
        why = "took too long" if ended.timed_out else f"ended with {ended.returncode}: {' | '.join(last)}"
        results.append(CheckResult(name=unanswered[0], ok=False, seconds=ended.elapsed_seconds, detail=why))
    return tuple(results)
