"""The patterns of a JSON Schema, held to the time that users' patterns have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wrapper.evaluation.graders.json_leaves import step
from wrapper.evaluation.graders.patterns import MAX_SECONDS, found_in


class TooSlow(Exception):
    """A pattern took longer than MAX_SECONDS on a value or a name of a field."""

    def __init__(self, pattern: str, text: str) -> None:
        super().__init__(f"takes the pattern `{pattern}` longer than {MAX_SECONDS:g} s")
        self.text = text

    def told_of(self, value: Any) -> str:
        """The message with the field of the value where the slow text stands."""
        path = _path_to(self.text, value)
        return f"`{path}` {self}" if path else f"the value {self}"


def timed(kind: Any) -> Any:
    """A validator class of jsonschema whose patterns raise TooSlow.

    Not those that `unevaluatedProperties` looks at, which jsonschema searches out of reach.
    """
    from jsonschema import validators

    extend: Any = validators.extend
    plain = kind.VALIDATORS["additionalProperties"]

    def additional(validator: Any, wanted: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
        patterns = schema.get("patternProperties", {})
        if validator.is_type(instance, "object") and patterns:
            instance = {key: item for key, item in instance.items() if not any(_has(one, key) for one in patterns)}
            schema = {name: part for name, part in schema.items() if name != "patternProperties"}
        yield from plain(validator, wanted, instance, schema) or ()

    return extend(
        kind, {"pattern": _pattern, "patternProperties": _pattern_properties, "additionalProperties": additional}
    )


def _has(pattern: str, text: str) -> bool:
    try:
        return found_in(pattern, text)
    except TimeoutError:
        raise TooSlow(pattern, text) from None


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError

    if validator.is_type(instance, "string") and not _has(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: Mapping[str, Any], instance: Any, schema: Any) -> Iterator[Any]:
    if validator.is_type(instance, "object"):
        for pattern, inner in patterns.items():
            for key, item in instance.items():
                if _has(pattern, key):
                    yield from validator.descend(item, inner, path=key, schema_path=pattern)


def _path_to(text: str, value: Any, path: str = "") -> str:
    """The path of the first field that has this name or holds this text; empty without one."""
    named = [(step(path, key), key, item) for key, item in value.items()] if isinstance(value, dict) else []
    counted = [(f"{path}[{index}]", "", item) for index, item in enumerate(value)] if isinstance(value, list) else []
    for inner, key, item in (*named, *counted):
        found = inner if text in (key, item) else _path_to(text, item, inner)
        if found:
            return found
    return ""
