"""The JSON lines that a worker writes while it runs, read while they grow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec


class EventReader:
    """Yields each whole line once; a line that is still being written waits for the next call."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0

    def read_new(self) -> list[dict[str, Any]]:
        """Events since the last call; lines that are no JSON objects are passed over."""
        try:
            with self.path.open("rb") as stream:
                stream.seek(self._offset)
                data = stream.read()
        except FileNotFoundError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        events = []
        for line in whole.splitlines():
            try:
                event = msgspec.json.decode(line)
            except (ValueError, RecursionError):  # DecodeError and UnicodeDecodeError are ValueErrors
                continue
            if isinstance(event, dict) and "event" in event:
                events.append(event)
        return events


def last_elapsed(path: Path) -> float:
    """Seconds that the worker itself last wrote, 0 where it wrote nothing."""
    elapsed = [event.get("elapsed_seconds") for event in EventReader(path).read_new()]
    return max((float(value) for value in elapsed if isinstance(value, int | float)), default=0.0)
