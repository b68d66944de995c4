"""Where answers that were paid for are kept, so that none is paid for twice."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Protocol


class AnswerStore(Protocol):
    """A durable map: what was put is there after a crash. It is used from one thread only."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, value: bytes) -> None: ...


def answer_key(*parts: str) -> str:
    """The sha256 of the parts, whose borders count: `("ab", "c")` is not `("a", "bc")`."""
    return sha256(json.dumps(parts).encode("ascii")).hexdigest()
