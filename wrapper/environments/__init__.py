"""Backend environments: where they lie, how they are made, whether they work."""

from __future__ import annotations

from wrapper.backends.protocol import Accelerator
from wrapper.environments.check import CheckReport, CheckResult, check
from wrapper.environments.install import install
from wrapper.environments.locate import (
    Environment,
    detect_accelerator,
    environment_names,
    find,
    require,
)

__all__ = [
    "Accelerator",
    "CheckReport",
    "CheckResult",
    "Environment",
    "check",
    "detect_accelerator",
    "environment_names",
    "find",
    "install",
    "require",
]
