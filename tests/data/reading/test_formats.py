"""Shapes that users bring, on real files beside the checkout."""

from __future__ import annotations

import pytest

from wrapper.data.reading import read_rows
from wrapper.errors import BadInput


@pytest.mark.parametrize(
    ("name", "rows", "faults", "said"),
    [
        ("alpaca.json", 91, 0, "JSON, Alpaca instruction/input/output"),
        ("sharegpt.json", 500, 0, "JSON, ShareGPT conversations"),
        ("typed_content_parts.jsonl", 500, 0, "JSONL, chat messages"),
        ("sharegpt_toolcall.json", 300, 0, "JSON, ShareGPT conversations"),
    ],
)
def test_reads_the_usual_shapes(shared_data, name, rows, faults, said) -> None:
    result = read_rows(shared_data / "formats" / name)
    assert (len(result.rows), len(result.faults), result.format) == (rows, faults, said)
    assert all(row.messages[-1].role in ("user", "tool") and row.answer.strip() for row in result.rows)


def test_refuses_preference_pairs(shared_data) -> None:
    with pytest.raises(BadInput, match="preference pairs"):
        read_rows(shared_data / "formats" / "preference_pairs_not_sft.json")
