"""The three sets of rows that everything after is measured on, and what was found on the way to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from wrapper.data.quality.findings import Audit, Finding
from wrapper.data.rows import Row


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The frozen rows and what was found on the way.

    `formats` pairs each file with the format it was read as; `digest` is the sha256 of the rows' content.
    `faults` are rows that were left out and why, besides `repeated` exact duplicates and `over_limit` rows more than
    the spec asks for: all of them and the rows of the splits are what was read. `objections` are reasons for the
    data gate to refuse.
    """

    train: tuple[Row, ...]
    validation: tuple[Row, ...]
    test: tuple[Row, ...]
    audit: Audit
    formats: tuple[tuple[str, str], ...]
    digest: str
    notes: tuple[str, ...]
    faults: tuple[Finding, ...]
    repeated: int
    over_limit: int
    objections: tuple[str, ...]


def rows_digest(*splits: Sequence[Row]) -> str:
    """sha256 of the content of the splits in order, whatever files and lines the rows came from."""
    digest = sha256()
    for rows in splits:
        digest.update(b"split\n")
        for row in rows:
            digest.update(f"{row.row_id}\n".encode())
    return digest.hexdigest()
