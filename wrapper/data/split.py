"""Rows into train, validation and test: by content, so that neither order nor later rows reshuffle them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from wrapper.data.groups import group_keys
from wrapper.data.rows import Row
from wrapper.errors import BadInput

LEAST_TEST_ROWS = 40
MOST_TEST_ROWS = 200
MOST_VALIDATION_ROWS = 100


@dataclass(frozen=True, kw_only=True)
class Splits:
    """Three sets of rows in file order; no group of rows stands in two of them."""

    train: tuple[Row, ...]
    validation: tuple[Row, ...]
    test: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """The row ids that an earlier split put into test and validation: there they stay."""

    test: frozenset[str] = frozenset()
    validation: frozenset[str] = frozenset()


NOT_FROZEN = Frozen()


def default_test_rows(rows: int) -> int:
    """A fifth of the rows, 40 to 200 of them, but never more than a third."""
    return min(max(rows // 5, LEAST_TEST_ROWS), MOST_TEST_ROWS, rows // 3)


def default_validation_rows(rows: int) -> int:
    return min(rows // 10, MOST_VALIDATION_ROWS)


def split(
    rows: Sequence[Row],
    *,
    validation_rows: int,
    test_rows: int,
    seed: int,
    labels: bool,
    keys: Sequence[str] | None = None,
    frozen: Frozen = NOT_FROZEN,
) -> Splits:
    """Draw test rows first, then validation rows, each stratified by answer where answers are labels.

    Rows with one of the `keys` stay together (those of one input, where none are given), so the counts may be
    missed by a few rows. What was `frozen` before stays held out, even where that is more than the counts ask for.
    Raises BadInput where no training row is left.
    """
    if validation_rows + test_rows >= len(rows):
        raise BadInput(
            f"{validation_rows} validation and {test_rows} test rows of {len(rows)} leave none to train on",
            hint="ask for fewer in `data.validation_rows` and `data.test_rows`, or give more rows",
        )
    keys = group_keys(rows) if keys is None else keys
    test = _drawn(rows, keys, test_rows, seed, labels, frozen.test, apart=frozen.validation)
    rest = [place for place in range(len(rows)) if place not in test]
    taken = _drawn(
        [rows[place] for place in rest], [keys[place] for place in rest], validation_rows, seed, labels,
        frozen.validation,
    )  # fmt: skip
    validation = {rest[place] for place in taken}
    return Splits(
        train=tuple(rows[place] for place in rest if place not in validation),
        validation=tuple(rows[place] for place in sorted(validation)),
        test=tuple(rows[place] for place in sorted(test)),
    )


def sample(rows: Sequence[Row], count: int, *, seed: int, labels: bool) -> tuple[Row, ...]:
    """At most `count` rows in file order, the same ones for the same content and seed."""
    if count >= len(rows):
        return tuple(rows)
    chosen = _chosen(range(len(rows)), rows, group_keys(rows), count, seed, labels, spare=False)
    return tuple(rows[place] for place in sorted(chosen))


def _drawn(
    rows: Sequence[Row],
    keys: Sequence[str],
    count: int,
    seed: int,
    labels: bool,
    frozen: Collection[str],
    apart: Collection[str] = (),
) -> set[int]:
    """Places of `count` rows: the groups that hold frozen rows, all of them, then others without rows set `apart`."""
    held = {keys[place] for place, row in enumerate(rows) if row.row_id in frozen}
    passed = held | {keys[place] for place, row in enumerate(rows) if row.row_id in apart}
    before = {place for place in range(len(rows)) if keys[place] in held}
    rest = [place for place in range(len(rows)) if keys[place] not in passed]
    more = count - len(before)
    return before | _chosen(rest, rows, keys, more, seed, labels, spare=True) if more > 0 and rest else before


def _chosen(
    places: Sequence[int], rows: Sequence[Row], keys: Sequence[str], count: int, seed: int, labels: bool, *, spare: bool
) -> set[int]:
    """Places of at most `count` rows, stratified, whole groups only.

    `spare` leaves at least one group of each label behind, so that train keeps every label.
    """
    strata: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    label_of: dict[str, str] = {}
    for place in places:
        label = label_of.setdefault(keys[place], rows[place].answer.strip() if labels else "")
        strata[label][keys[place]].append(place)
    room = {
        label: sum(map(len, groups.values())) - (max(map(len, groups.values())) if spare else 0)
        for label, groups in strata.items()
    }
    shares = _shares({label: sum(map(len, groups.values())) for label, groups in strata.items()}, room, count)
    return {place for label, groups in strata.items() for place in _draw(groups, shares[label], seed)}


def _draw(groups: dict[str, list[int]], count: int, seed: int) -> Iterable[int]:
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
