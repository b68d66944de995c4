"""The facts that lie beside a checkout, where they do."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest


@pytest.fixture
def facts():
    """Rows of a CSV file of facts; the test is skipped where there is none."""
    folder = Path(__file__).parents[3] / "shared" / "facts"

    def read(name: str) -> list[dict[str, str]]:
        file = folder / name
        if not file.is_file():
            pytest.skip(f"no {name} beside this checkout")
        with file.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    return read
