"""How long a failing endpoint is waited for, and what it says about that itself."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Tries of one request, and seconds waited between them: growing, jittered, capped one by one and in all."""

    tries: int = 6
    unreadable_tries: int = 3  # for what may have been paid for: no answer in time, or none that can be read
    first_seconds: float = 1.0
    longest_seconds: float = 30.0
    total_seconds: float = 180.0

    def wait_seconds(self, tried: int, asked_seconds: float | None) -> float:
        """Seconds until the next try, after `tried` of them; at least what the endpoint asked for."""
        grown = min(self.longest_seconds, self.first_seconds * 2.0 ** (tried - 1))
        jittered = grown * random.uniform(0.5, 1.0)
        return jittered if asked_seconds is None else asked_seconds + jittered / 10


def asked_seconds(headers: Mapping[str, str]) -> float | None:
    """What `Retry-After` asks for, as seconds from now; None where it is missing or makes no sense."""
    told = headers.get("retry-after", "").strip()
    if not told:
        return None
    try:
        seconds = float(told)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(told).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return max(0.0, seconds) if seconds == seconds else None
