"""Rows into train, validation and test: by content, so that neither order nor later rows reshuffle them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from wrapper.data.normalise import input_key
from wrapper.data.rows import Row
from wrapper.errors import BadInput

LEAST_TEST_ROWS = 40
MOST_TEST_ROWS = 200
MOST_VALIDATION_ROWS = 100


@dataclass(frozen=True, kw_only=True)
class Splits:
    """Three sets of rows in file order; no normalised input stands in two of them."""

    train: tuple[Row, ...]
    validation: tuple[Row, ...]
    test: tuple[Row, ...]


def default_test_rows(rows: int) -> int:
    """A fifth of the rows, 40 to 200 of them, but never more than a third."""
    return min(max(rows // 5, LEAST_TEST_ROWS), MOST_TEST_ROWS, rows // 3)


def default_validation_rows(rows: int) -> int:
    return min(rows // 10, MOST_VALIDATION_ROWS)


def split(rows: Sequence[Row], *, validation_rows: int, test_rows: int, seed: int, labels: bool) -> Splits:
    """Draw test rows first, then validation rows, each stratified by answer where answers are labels.

    Rows with one normalised input stay together, so the counts may be missed by a few rows.
    Raises BadInput where no training row would be left.
    """
    if validation_rows + test_rows >= len(rows):
        raise BadInput(
            f"{validation_rows} validation and {test_rows} test rows of {len(rows)} leave none to train on",
            hint="ask for fewer in `data.validation_rows` and `data.test_rows`, or give more rows",
        )
    test = sample(rows, test_rows, seed=seed, labels=labels, spare=True)
    taken = {id(row) for row in test}
    rest = [row for row in rows if id(row) not in taken]
    validation = sample(rest, validation_rows, seed=seed, labels=labels, spare=True)
    taken = {id(row) for row in validation}
    return Splits(train=tuple(row for row in rest if id(row) not in taken), validation=validation, test=test)


def sample(
    rows: Sequence[Row], count: int, *, seed: int, labels: bool, spare: bool = False
) -> tuple[Row, ...]:
    """At most `count` rows in file order, the same ones for the same content and seed.

    `spare` leaves at least one group of each label behind, so that train keeps every label.
    """
    if count >= len(rows) and not spare:
        return tuple(rows)
    strata: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    label_of: dict[str, str] = {}
    for row in rows:
        key = input_key(row)
        label = label_of.setdefault(key, row.answer.strip() if labels else "")
        strata[label][key].append(row)
    room = {
        label: sum(map(len, groups.values())) - (max(map(len, groups.values())) if spare else 0)
        for label, groups in strata.items()
    }
    shares = _shares({label: sum(map(len, groups.values())) for label, groups in strata.items()}, room, count)
    chosen = {id(row) for label, groups in strata.items() for row in _draw(groups, shares[label], seed)}
    return tuple(row for row in rows if id(row) in chosen)


def _draw(groups: dict[str, list[Row]], count: int, seed: int) -> Iterable[Row]:
    """Whole groups in the order of their digests, as many as fit into `count` rows."""
    left = count
    for key in sorted(groups, key=lambda key: sha256(f"{seed}\n{key}".encode()).digest()):
        if len(groups[key]) <= left:
            left -= len(groups[key])
            yield from groups[key]
        if not left:
            return


def _shares(sizes: dict[str, int], room: dict[str, int], total: int) -> dict[str, int]:
    """`total` dealt out in proportion to the sizes, by largest remainder, none above its room."""
    everything = sum(sizes.values())
    exact = {label: total * size / everything for label, size in sizes.items()}
    shares = {label: min(int(value), room[label]) for label, value in exact.items()}
    by_remainder = sorted(sizes, key=lambda label: (shares[label] - exact[label], label))
    left = min(total, sum(room.values())) - sum(shares.values())
    while left > 0:
        for label in by_remainder:
            if left and shares[label] < room[label]:
                shares[label] += 1
                left -= 1
    return shares
