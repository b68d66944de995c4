"""The registry of training backends: one line a backend."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from wrapper.backends.protocol import Backend
from wrapper.errors import UsageFault

BACKENDS: dict[str, str] = {
    "axolotl": "wrapper.backends.axolotl",
    "unsloth": "wrapper.backends.unsloth",
    "trl": "wrapper.backends.trl",
}


def get_backend(name: str) -> Backend:
    """The module behind a backend's name; raises UsageFault for an unknown one."""
    if name not in BACKENDS:
        raise UsageFault(f"no backend `{name}`", hint=f"backends are: {', '.join(BACKENDS)}")
    return cast(Backend, import_module(BACKENDS[name]))
