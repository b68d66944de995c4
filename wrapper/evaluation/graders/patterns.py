"""Users' regular expressions, run on what a model wrote: bounded in text and time."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

MAX_CHARACTERS = 20_000  # the end of a longer response is searched: the answer stands there
MAX_SECONDS = 1.0  # nested repetitions take hours on a few dozen characters


@lru_cache(maxsize=16)
def compiled(pattern: str) -> Any:
    """By `regex`, which reads what `re` reads and, unlike it, can be stopped."""
    import regex

    return regex.compile(pattern)


def last_found(pattern: str, text: str) -> str | None:
    """The first group of the last match, or all of it where the pattern has no group; None without one.

    A match that is empty counts as none. Raises TimeoutError past MAX_SECONDS.
    """
    expression = compiled(pattern)
    group, found = min(expression.groups, 1), None
    for match in expression.finditer(text[-MAX_CHARACTERS:], timeout=MAX_SECONDS):
        found = match[group] or found
    return found


def found_in(pattern: str, text: str) -> bool:
    """Whether some part of the text matches. Raises TimeoutError past MAX_SECONDS."""
    return compiled(pattern).search(text, timeout=MAX_SECONDS) is not None


def matches_whole(pattern: str, text: str) -> bool:
    """Whether all of the text matches. Raises TimeoutError past MAX_SECONDS."""
    return compiled(pattern).fullmatch(text, timeout=MAX_SECONDS) is not None
