"""Training backends: each a module that satisfies `Backend`, found by its name in the registry."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from wrapper.backends.protocol import Backend
from wrapper.errors import UsageFault
from wrapper.registry import BACKENDS


def get_backend(name: str) -> Backend:
    """The module behind a backend's name; raises UsageFault for an unknown one."""
    if name not in BACKENDS:
        raise UsageFault(f"no backend `{name}`", hint=f"backends are: {', '.join(BACKENDS)}")
    return cast(Backend, import_module(BACKENDS[name]))
