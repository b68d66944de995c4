"""A fault that involves several keys of a spec."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

Key = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """A fault that involves several keys; it is shown at the first. A warning keeps nothing from running."""

    keys: tuple[Key, ...]
    message: str
    suggestion: str
    is_warning: bool = False


def repeated_words(words: Sequence[str]) -> str:
    """Those that come more than once, as a phrase; empty where there are none."""
    return ", ".join(f"`{word}`" for word, count in Counter(words).items() if count > 1)
