"""The facts that lie beside a checkout, where they do, and a folder for presets of the user's own."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from wrapper.resources import presets_dir


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


@pytest.fixture(autouse=True)
def own_presets(monkeypatch, tmp_path):
    """The folder of the user's own presets, which is not there yet."""
    folder = tmp_path / "own"
    monkeypatch.setenv("THRIFTUNE_PRESETS", str(folder))
    return folder


@pytest.fixture
def write_own(own_presets):
    """Writes a preset of the user's own: a shipped one with texts replaced."""

    def write(folder: str, name: str, *changes: tuple[str, str], to: str = "") -> Path:
        text = (presets_dir() / folder / f"{name}.yaml").read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        file = own_presets / folder / f"{to or name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    return write
