"""How long the rows are in tokens, and which of them stand out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wrapper.data.quality.findings import Finding, finding
from wrapper.data.rows import Row

_BINS = 24
_OUTLIER = 8  # times the median
_LEAST_OUTLIER_TOKENS = 256


@dataclass(frozen=True, kw_only=True)
class TokenLengths:
    """Tokens of rows as they are trained on. `histogram` holds (from, up to, rows) with equal steps.

    `exact` is False where the model's tokenizer was not at hand and the count is a guess from the characters.
    """

    exact: bool
    total: int
    p50: int
    p95: int
    p99: int
    longest: int
    histogram: tuple[tuple[int, int, int], ...]


def token_lengths(counts: Sequence[int], *, exact: bool) -> TokenLengths:
    """The distribution of at least one count."""
    import numpy as np

    found = np.asarray(counts)
    p50, p95, p99 = (int(value) for value in np.percentile(found, (50, 95, 99), method="higher"))
    least, most = int(found.min()), int(found.max())
    step = -(-(most - least + 1) // _BINS)
    rows, edges = np.histogram(found, bins=np.arange(least // step * step, most + step + 1, step))
    return TokenLengths(
        exact=exact,
        total=int(found.sum()),
        p50=p50,
        p95=p95,
        p99=p99,
        longest=most,
        histogram=tuple(
            (int(start), int(start) + step, int(count)) for start, count in zip(edges[:-1], rows, strict=True)
        ),
    )


def find_long(rows: Sequence[Row], counts: Sequence[int], median: int, cap: int | None) -> Iterator[Finding]:
    """Rows over the model's context, and others that are many times as long as the median."""
    outlier = max(_OUTLIER * median, _LEAST_OUTLIER_TOKENS)
    for row, count in zip(rows, counts, strict=True):
        if cap is not None and count > cap:
            yield finding("too_long", row, f"{count} tokens, the cap is {cap}")
        elif count > outlier:
            yield finding("length_outlier", row, f"{count} tokens, the median row has {median}")
