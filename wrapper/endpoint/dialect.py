"""Which names of parameters an endpoint takes: found out from what it rejects."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from wrapper.endpoint.reply import Request

_OLD, _NEW, _TEMPERATURE = "max_tokens", "max_completion_tokens", "temperature"


@dataclass(frozen=True)
class Dialect:
    """Reasoning models want `max_completion_tokens` and take no temperature but their own."""

    new_name: bool = False
    no_temperature: bool = False

    def body(self, model: str, request: Request) -> bytes:
        """The JSON of a request."""
        value: dict[str, Any] = {
            "model": model,
            "messages": [{"role": turn.role, "content": turn.content} for turn in request.messages],
            _NEW if self.new_name else _OLD: request.max_tokens,
        }
        if not self.no_temperature:
            value[_TEMPERATURE] = request.temperature
        return json.dumps(value).encode("ascii")

    def without(self, rejected: str) -> Dialect | None:
        """The dialect that avoids what an error's text names; None where it names nothing that can be avoided."""
        if not self.no_temperature and _names(_TEMPERATURE, rejected):
            return replace(self, no_temperature=True)
        if not self.new_name and _names(_OLD, rejected):
            return replace(self, new_name=True)
        return None

    def joined(self, other: Dialect) -> Dialect:
        return Dialect(self.new_name or other.new_name, self.no_temperature or other.no_temperature)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader of a score should know."""
        return ("`temperature` is not accepted there: the model's own default was used",) if self.no_temperature else ()


def _names(parameter: str, text: str) -> bool:
    return re.search(rf"(?<![\w]){parameter}(?![\w])", text) is not None
