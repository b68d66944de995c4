"""What a value of a config says, as pydantic would read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wrapper.backends.pydantic_values import truth_in

_FALSE = ("false", "f", "no", "n", "off", "0")


def is_on(config: Mapping[str, Any], key: str) -> bool:
    """A truth: text may say one too."""
    return truth_in(config.get(key))


def is_given(config: Mapping[str, Any], key: str) -> bool:
    """True for any value but none, an empty one, zero and a truth that is off."""
    value = config.get(key)
    return bool(value) and not (isinstance(value, str) and value.lower() in _FALSE)


def table(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The table at a key; an empty one where there is none."""
    value = config.get(key)
    return value if isinstance(value, dict) else {}
