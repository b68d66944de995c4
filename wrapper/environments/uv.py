"""uv: the one on the PATH, the one beside this Python, or one that thriftune fetches for itself."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from wrapper import process
from wrapper.environments.pip_settings import Runner
from wrapper.errors import EnvironmentFault
from wrapper.resources import cache_dir

# The first with `--torch-backend` for `uv pip install` and UV_INSECURE_HOST.
_OLDEST = (0, 7)


def find_uv(*, say: Callable[[str], None], runner: Runner = process.run) -> tuple[list[str], str]:
    """The command that starts a recent enough uv, and its version; fetches one if there is none."""
    candidates = []
    on_path = shutil.which("uv")
    if on_path:
        candidates.append([on_path])
    if importlib.util.find_spec("uv") is not None:
        candidates.append([sys.executable, "-m", "uv"])
    private = cache_dir() / "tools" / "uv"
    candidates.append([str(_program(private))])
    for candidate in candidates:
        version = _version(candidate, runner)
        if version:
            return candidate, version
    _fetch(private, say=say, runner=runner)
    version = _version(candidates[-1], runner)
    if not version:
        raise EnvironmentFault(
            f"uv was installed in {private}, but does not start", hint="pip install uv, then try again"
        )
    return candidates[-1], version


def _program(environment: Path) -> Path:
    return environment / ("Scripts/uv.exe" if sys.platform == "win32" else "bin/uv")


def _version(command: list[str], runner: Runner) -> str:
    """The version, or nothing if it does not start or is too old."""
    try:
        answer = runner([*command, "--version"], timeout=60)
    except OSError:
        return ""
    found = re.match(r"uv (\d+)\.(\d+)\S*", answer.stdout)
    if answer.returncode != 0 or found is None or (int(found[1]), int(found[2])) < _OLDEST:
        return ""
    return found[0].removeprefix("uv ")


def _fetch(folder: Path, *, say: Callable[[str], None], runner: Runner) -> None:
    """Make a small environment of its own and let pip, with the user's settings, install uv into it."""
    say("uv is not installed: fetching it")
    shutil.rmtree(folder, ignore_errors=True)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    for command, remedy in (
        (
            [sys.executable, "-m", "venv", str(folder)],
            "install Python's venv module (python3-venv), or uv itself",
        ),
        ([str(python), "-m", "pip", "install", "--quiet", "uv"], "check the network, or install uv yourself"),
    ):
        answer = runner(command, timeout=600)
        if answer.returncode != 0:
            last = (answer.stderr or answer.stdout).strip().splitlines()[-3:]
            raise EnvironmentFault("uv could not be fetched: " + " | ".join(last), hint=remedy)
