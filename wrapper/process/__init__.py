"""Programs: the only place that starts one, watches one and stops one."""

from __future__ import annotations

from wrapper.process.identity import Identity, identity, is_alive
from wrapper.process.programs import Completed, Program, child_environment, run, start, withhold

__all__ = [
    "Completed",
    "Identity",
    "Program",
    "child_environment",
    "identity",
    "is_alive",
    "run",
    "start",
    "withhold",
]
