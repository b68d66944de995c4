"""JSON values taken apart into leaves, and compared."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Hashable, Iterator
from typing import Any

_PLAIN_KEY = re.compile(r'[^.\[\]"]+')
Leaf = tuple[str, Hashable]  # path, value


def _level(text: str) -> str:
    """Composed and decomposed characters are one (NFC); white space at the ends does not count."""
    return unicodedata.normalize("NFC", text).strip()


def _scalar(value: Any) -> Hashable:
    """1 equals 1.0 but not true; strings are stripped, and a full stop at their end does not count."""
    if isinstance(value, str):
        return ("string", " ".join(_level(value).split()).removesuffix(".").rstrip())
    if isinstance(value, bool) or value is None:
        return ("constant", str(value))
    return ("number", value)


def leaves(value: Any, path: str = "") -> Iterator[Leaf]:
    """Leaf paths (`due`, `items[0].price`, `tags[]` for a list of plain values) and comparable values.

    A key with a dot or a bracket in it stands in brackets: `a["b.c"]` is no `a.b.c`.
    An empty object or list inside is a leaf of its own; an empty one at the top has no leaves.
    """
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, step(path, _level(key)))
    elif isinstance(value, list) and value:
        nested = any(isinstance(item, (dict, list)) for item in value)
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]" if nested else f"{path}[]")
    elif isinstance(value, (dict, list)):
        if path:
            yield path, ("empty", type(value).__name__)
    else:
        yield path, _scalar(value)


def step(path: str, key: str) -> str:
    """The path of a key below a path."""
    if not _PLAIN_KEY.fullmatch(key):
        return f"{path}[{json.dumps(key, ensure_ascii=False)}]"
    return f"{path}.{key}" if path else key


def comparable(value: Any) -> Hashable:
    """Equal for values that are the same but for key order, white space at the ends and the kind of number."""
    if isinstance(value, dict):
        return ("object", frozenset((_level(key), comparable(item)) for key, item in value.items()))
    if isinstance(value, list):
        return ("list", tuple(comparable(item) for item in value))
    return _scalar(value)


def as_json(value: Any) -> str:
    """One spelling of a value, so that equal ones read alike."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
