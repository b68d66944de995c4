"""Configs of the backends' own commands as parts of a spec: what is taken over, and what has no place in one."""

from wrapper.backends.imports.account import Imported, detect, import_config
from wrapper.backends.imports.entries import LeftOut, Surroundings, Taken
from wrapper.backends.imports.registry import keymap_of

__all__ = ["Imported", "LeftOut", "Surroundings", "Taken", "detect", "import_config", "keymap_of"]
