"""The backends whose configs can be read into a spec: one line a backend."""

from __future__ import annotations

from importlib import import_module

from wrapper.backends import get_backend
from wrapper.backends.imports.keymap import Keymap
from wrapper.errors import UsageFault

KEYMAPS: dict[str, str] = {
    "axolotl": "wrapper.backends.imports.axolotl",
    "unsloth": "wrapper.backends.imports.unsloth",
}


def keymap_of(name: str) -> Keymap:
    """The keys of a backend's config; raises UsageFault for a backend without one, or for an unknown one."""
    get_backend(name)
    if name not in KEYMAPS:
        raise UsageFault(f"`{name}` has no config to read", hint=f"configs are read of: {', '.join(KEYMAPS)}")
    keymap = import_module(KEYMAPS[name]).KEYMAP
    assert isinstance(keymap, Keymap)
    return keymap
