"""scripts/bench/planted_sources.py: made-up chats are the same for the same seed."""

from __future__ import annotations

from planted_sources import synthetic


def test_made_up_chats_are_of_their_seed() -> None:
    assert list(synthetic(5, 1)) == list(synthetic(5, 1))
    assert list(synthetic(5, 1)) != list(synthetic(5, 2))
