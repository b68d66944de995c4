"""Made-up chats with faults planted into them once, by the modules of scripts/bench."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "bench"))

from planted_faults import plant
from planted_sources import Chat, synthetic
from planted_truth import Place, Planted


@pytest.fixture(scope="session")
def chats() -> list[Chat]:
    return list(synthetic(900, 3, (6, 60)))


@pytest.fixture(scope="session")
def each() -> int:
    """Faults of a sort at most."""
    return 20


@pytest.fixture(scope="session")
def planted(chats: list[Chat], tmp_path_factory: pytest.TempPathFactory, each: int) -> Planted:
    return plant(chats, seed=5, folder=tmp_path_factory.mktemp("planted"), each=each)


@pytest.fixture(scope="session")
def lines(planted: Planted) -> dict[Place, bytes]:
    """Each line of both files by its place."""
    return {
        (name, number): line
        for name in ("train.jsonl", "test.jsonl")
        for number, line in enumerate((planted.folder / name).read_bytes().removesuffix(b"\n").split(b"\n"), start=1)
    }
