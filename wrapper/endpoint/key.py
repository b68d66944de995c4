"""The key of an endpoint: from the environment or the keyring into one header, and nowhere else."""

from __future__ import annotations

import os
import re
from importlib import import_module
from typing import Any, Final

from wrapper.errors import EnvironmentFault

_SERVICE = "thriftune"
_MASK = "[key]"
_TELLING = 8  # characters of a key in a row that a message must not show
_KEY_FORMS = re.compile(r"\b(?:sk|gsk|xai|hf)[-_][\w.*-]{6,}|\bbearer\s+\S{20,}|\S*\*{3,}\S*", re.IGNORECASE)


class Key:
    """A key, or the lack of one. It shows itself to nobody: not in `repr`, not pickled."""

    __slots__ = ("_value", "name", "source")

    def __init__(self, value: str, *, name: str, source: str) -> None:
        self._value: Final = value
        self.name: Final = name
        self.source: Final = source  # `environment`, `keyring`, or nothing

    def __repr__(self) -> str:
        return f"Key({self.name}, {self.source or 'not set'})"

    def __reduce__(self) -> Any:
        raise TypeError("a key is not written anywhere")

    def __bool__(self) -> bool:
        return bool(self._value)

    @property
    def headers(self) -> dict[str, str]:
        """What proves who asks; nothing where there is no key."""
        return {"Authorization": f"Bearer {self._value}"} if self._value else {}

    @property
    def told(self) -> str:
        """Whether there is a key and where it came from, for a hint."""
        if self.source == "environment":
            return f"the environment variable `{self.name}` is set, but its key is not accepted there"
        if self.source == "keyring":
            return f"`{self.name}` comes from the keyring (service `{_SERVICE}`), but is not accepted there"
        return f"the environment variable `{self.name}` is not set, so no key was sent"

    def without(self, text: str) -> str:
        """An answer without the key, should the endpoint send it back; all else stays as it is."""
        return text.replace(self._value, _MASK) if self._value else text

    def redact(self, text: str) -> str:
        """The text without the key, any longer part of it, and whatever else looks like a key."""
        size = min(_TELLING, len(self._value))
        hidden = bytearray(len(text))
        for start in range(len(self._value) - size + 1 if size else 0):
            part, found = self._value[start : start + size], -1
            while (found := text.find(part, found + 1)) >= 0:
                hidden[found : found + size] = b"\1" * size
        shown = "".join("\0" if masked else letter for letter, masked in zip(text, hidden, strict=True))
        return _KEY_FORMS.sub(_MASK, re.sub("\0+", _MASK, shown))


def find_key(name: str) -> Key:
    """The key from the environment variable `name`, else from the keyring under that name, else none.

    Raises EnvironmentFault for a value that cannot be a key, without showing it.
    """
    value, source = os.environ.get(name, "").strip(), "environment"
    if not value:
        value, source = _from_keyring(name), "keyring"
    if not value:
        return Key("", name=name, source="")
    if not all("!" <= letter <= "~" for letter in value):
        raise EnvironmentFault(
            f"`{name}` of the {source} holds spaces or letters that no key has",
            hint="copy the key again, on one line and without quotes",
        )
    return Key(value, name=name, source=source)


def _from_keyring(name: str) -> str:
    """What the keyring has, if that library is installed and opens."""
    try:
        return str(import_module("keyring").get_password(_SERVICE, name) or "").strip()
    except Exception:  # it is optional, and its back ends raise what they like
        return ""
