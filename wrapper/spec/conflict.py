"""A fault that involves several keys of a spec."""

from __future__ import annotations

from dataclasses import dataclass

Key = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """A fault that involves several keys; it is shown at the first. A warning keeps nothing from running."""

    keys: tuple[Key, ...]
    message: str
    suggestion: str
    is_warning: bool = False
