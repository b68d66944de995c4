"""Rows and files for the tests of data work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wrapper.data.rows import Message, Row, make_row

MakeRow = Callable[..., Row]


@pytest.fixture
def row() -> MakeRow:
    def make(text: str, answer: str = "yes", line: int = 1, file: str = "rows.jsonl") -> Row:
        return make_row((Message(role="user", content=text),), answer, file=file, line=line)

    return make


@pytest.fixture
def shared_data() -> Path:
    """Real data beside the checkout; it travels with no clone."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data is not here: no ../shared/data beside the checkout")
    return folder


@pytest.fixture
def samples() -> Path:
    return Path(__file__).resolve().parents[2] / "presets" / "samples"
