"""What to write in place of a value that does not fit the spec."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from wrapper.documents import did_you_mean

_SCHEMA_NAMES = {
    "object": "a table of keys",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}
_TRUTHS = {"yes": "true", "on": "true", "no": "false", "off": "false", "true": "true", "false": "false"}


def type_name(value: object) -> str:
    """Plain words for a schema's type name, or for what was found in its place."""
    if isinstance(value, str):
        return _SCHEMA_NAMES.get(value, "empty text")
    if value is None:
        return "nothing"
    if isinstance(value, bool | int | float):
        return f"`{str(value).lower()}`"
    return "a list" if isinstance(value, list) else "a table of keys"


def choices_of(part: Mapping[str, Any]) -> str:
    """The values that a schema allows, as a phrase; empty where it allows more than a few."""
    choices = [f"`{choice}`" for choice in part.get("enum", ())]
    if len(choices) < 2:
        return "".join(choices)
    return f"one of {', '.join(choices)}"


def advise_on_type(value: object, wanted: str) -> str:
    """What to write in place of a value of another type than `wanted`."""
    if value is None:
        return "give it a value, or remove the key"
    if wanted == "string" and isinstance(value, bool | int | float):
        return f'put it in quotes: `"{str(value).lower()}"`'
    if not isinstance(value, str):
        return f"write `[{str(value).lower()}]`" if wanted == "array" and not isinstance(value, dict) else ""
    if wanted == "boolean":
        truth = _TRUTHS.get(value.strip().lower())
        return f"write `{truth}`" if truth else "write `true` or `false`"
    if wanted == "array":
        return f"write `[{value}]`"
    if wanted == "object":
        glued = re.match(r"(\w+):(\S.*)", value)
        return f"put a space after the colon: `{glued[1]}: {glued[2]}`" if glued else "write its keys below, indented"
    bare = re.sub(r"[_,$€\s]", "", value)
    if wanted in ("integer", "number") and re.fullmatch(r"-?\d+(\.\d+)?", bare):
        return f"write `{bare}`"
    return ""


def advise_on_value(value: object, choices: Sequence[object]) -> str:
    """What a value outside a list of choices was meant to be."""
    if isinstance(value, str) and value in [str(choice) for choice in choices if not isinstance(choice, str)]:
        return "remove the quotes"
    return did_you_mean(str(value), [str(choice) for choice in choices])


def advise_on_range(value: float, part: Mapping[str, Any]) -> str:
    """What to write in place of a number out of range: usually a per cent where a share is wanted."""
    if part.get("minimum") == 0 and part.get("maximum") == 1 and 1 < value <= 100:
        return f"write `{value / 100:g}` for {value:g} %"
    return ""
