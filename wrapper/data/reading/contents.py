"""The text of one field or turn: what is missing, empty, damaged or no text is refused with its reason."""

from __future__ import annotations

import math
from typing import Any

import msgspec

_CONTROL = bytes(code for code in (*range(32), 127) if chr(code) not in "\t\n\r")


class MalformedError(Exception):
    """A record that cannot be read as an example; the message says why."""


def field_of(record: dict[str, Any], name: str) -> Any:
    if name not in record:
        raise MalformedError(f"the row has no `{name}`")
    return record[name]


def content_of(value: object, name: str) -> str:
    """The text of a value; content parts of type text are joined, parts of another type refused."""
    text = value if type(value) is str else _text_of(value, name)
    if not text.strip():
        raise MalformedError(f"`{name}` is empty")
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        raise MalformedError(f"`{name}` holds half a character (a lone surrogate)") from None
    if len(encoded.translate(None, _CONTROL)) != len(encoded):
        code = next(code for code in encoded if code in _CONTROL)
        raise MalformedError(f"`{name}` holds a control character, U+{code:04X}")
    if len(encoded) != len(text) and "\ufffd" in text:
        raise MalformedError(f"`{name}` holds U+FFFD: characters were lost when the text was decoded")
    return text


def as_text(value: object) -> str:
    """Numbers as their digits, objects and arrays as compact JSON."""
    if isinstance(value, str):
        return value
    text = msgspec.json.encode(value).decode()
    if "null" in text and _holds_nan(value):
        raise MalformedError("a number is NaN or infinite, which is no text")
    return text


def is_chat(value: object) -> bool:
    """Whether a value is a list of turns, rather than text or parts of it."""
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(turn, dict) and "type" not in turn for turn in value)


def _text_of(value: object, name: str) -> str:
    if value is None:
        raise MalformedError(f"`{name}` is null")
    if isinstance(value, list) and value and all(isinstance(part, dict) and "type" in part for part in value):
        return "".join(_part(part, name) for part in value)
    return as_text(value)


def _part(part: dict[str, Any], name: str) -> str:
    kind = part["type"]
    if kind not in ("text", "input_text", "output_text"):
        raise MalformedError(f"`{name}` has a part of type `{kind}`; only text is understood")
    text = part.get("text", part.get("value"))
    if not isinstance(text, str):
        raise MalformedError(f"`{name}` has a part of type `{kind}` without text")
    return text


def _holds_nan(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_nan, value.values()))
    if isinstance(value, list):
        return any(map(_holds_nan, value))
    return isinstance(value, float) and not math.isfinite(value)
