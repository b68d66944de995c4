"""What went wrong in an installation, in words that say what to do."""

from __future__ import annotations

import errno
import platform
import re
from pathlib import Path

from wrapper.backends.protocol import Accelerator
from wrapper.environments.torch_source import VARIABLE
from wrapper.errors import EnvironmentFault
from wrapper.process import Completed

_LAST_LINES = 12
_AGAIN = "run the same command again: what was downloaded is kept"
# The first that matches uv's last lines tells the remedy.
_REMEDIES: tuple[tuple[str, str, str], ...] = (
    (
        r"No space left on device|os error 28|Disk quota exceeded",
        "the disk is full",
        "make room, or set THRIFTUNE_CACHE and UV_CACHE_DIR to folders on a larger disk; then " + _AGAIN,
    ),
    (
        r"matching Python (ABI|implementation|version)|you require CPython|no wheels? with a matching|"
        r"requires-python|does not satisfy Python",
        f"a package has no build for Python {platform.python_version()}",
        "install thriftune with Python 3.11, 3.12 or 3.13",
    ),
    (
        r"Hash mismatch",
        "a package is not the one that was locked",
        "the index or mirror serves another file than the registry: ask who runs it; nothing was installed",
    ),
    (
        r"download\.pytorch\.org|whl/cpu",
        "PyTorch's index cannot be reached",
        f"set {VARIABLE} to a folder that holds the torch wheel, or to the URL of an index that has it",
    ),
    (
        r"offline|--no-index|UV_OFFLINE|network was disabled",
        "a package is not in uv's cache and the network is switched off",
        "go online, unset UV_OFFLINE, or give a find-links folder that holds it",
    ),
    (
        r"error sending request|dns error|Connect|Failed to fetch|timed out|timeout|Connection",
        "the network or the package index cannot be reached",
        "check the network, the proxy and the index settings of pip or uv; then " + _AGAIN,
    ),
)


def explain(ended: Completed) -> EnvironmentFault:
    """A failed uv as a message with its last lines, and a hint."""
    lines = [line for line in (ended.stdout + ended.stderr).splitlines() if line.strip()][-_LAST_LINES:]
    text = "\n".join(lines)
    for pattern, cause, remedy in _REMEDIES:
        if re.search(pattern, text, re.IGNORECASE):
            return EnvironmentFault(f"{cause}; uv said:\n{_indent(lines)}", hint=remedy)
    return EnvironmentFault(f"uv ended with {ended.returncode}:\n{_indent(lines)}", hint=_AGAIN)


def explain_os(fault: OSError, folder: Path) -> EnvironmentFault:
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return EnvironmentFault(f"the disk is full: {folder}", hint=_REMEDIES[0][2])
    return EnvironmentFault(
        f"cannot write {fault.filename or folder}: {fault.strerror}",
        hint="set THRIFTUNE_CACHE to a folder of yours",
    )


def torch_hint(accelerator: Accelerator) -> str:
    """What to try when the packages are there and do not work."""
    if accelerator == "cpu":
        cure = f"set {VARIABLE} to a folder with a CPU build of torch, or to the URL of an index of such"
    else:
        cure = "the driver may be too old for this torch: set UV_TORCH_BACKEND=auto and uv picks the build"
    return f"{cure}; then {_AGAIN}"


def _indent(lines: list[str]) -> str:
    return "\n".join(f"  {line}" for line in lines)
