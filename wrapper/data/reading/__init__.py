"""Readers: from files as users have them to rows, each record a row or a fault, none lost in silence."""

from __future__ import annotations

from wrapper.data.reading.read import MAX_FAULTS, ReadResult, read_rows

__all__ = ["MAX_FAULTS", "ReadResult", "read_rows"]
