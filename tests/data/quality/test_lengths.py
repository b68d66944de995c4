"""Lengths in tokens: percentiles, a histogram of all rows, outliers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wrapper.data.quality.lengths import find_long, token_lengths


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=300))
def test_the_histogram_holds_every_row(counts) -> None:
    found = token_lengths(counts, exact=True)
    assert sum(rows for _, _, rows in found.histogram) == len(counts)
    assert (found.total, found.longest) == (sum(counts), max(counts))
    assert found.p50 <= found.p95 <= found.p99 <= found.longest
    for start, end, rows in found.histogram:
        assert rows == sum(start <= count < end for count in counts)


def test_too_long_and_outliers(row) -> None:
    rows = [row(f"r {n}", line=n) for n in range(1, 4)]
    found = list(find_long(rows, [100, 900, 5000], 100, 4096))
    assert [(one.line, one.rule) for one in found] == [(2, "length_outlier"), (3, "too_long")]
