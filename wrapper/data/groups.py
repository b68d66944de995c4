"""Rows that must not be parted by a split: near duplicates, rows of one input, rows of one source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from wrapper.data.normalise import input_key
from wrapper.data.rows import Row

_LEAST_TOO_LARGE = 20


def group_keys(rows: Sequence[Row], links: Iterable[tuple[int, int]] = ()) -> list[str]:
    """A key for each row; rows with equal keys belong together. Neither order nor place of the rows matters.

    `links` are pairs of places in `rows` that belong together besides those with one input or one `group`. Where
    they join more than a tenth of all rows, as texts out of one template may, those links are passed over: so
    large a group could be in no test.
    """
    keys = [input_key(row) for row in rows]
    by_source = _places_by([row.group or None for row in rows])
    alike = [pair for places in (*_places_by(keys), *by_source) for pair in pairwise(places)]
    links = list(links)
    joined = components(len(rows), links)
    sizes, most = Counter(joined), max(_LEAST_TOO_LARGE, len(rows) // 10)
    kept = [pair for pair in links if sizes[joined[pair[0]]] <= most]
    component = components(len(rows), [*alike, *kept])
    least: dict[int, str] = {}
    for number, key in zip(component, keys, strict=True):
        least[number] = min(key, least.get(number, key))
    return [least[number] for number in component]


def _places_by(values: Sequence[str | None]) -> list[list[int]]:
    places: dict[str, list[int]] = {}
    for place, value in enumerate(values):
        if value is not None:
            places.setdefault(value, []).append(place)
    return [found for found in places.values() if len(found) > 1]


def components(count: int, pairs: Sequence[tuple[int, int]]) -> list[int]:
    """The number of the connected component of each place."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not pairs:
        return list(range(count))
    ends = np.asarray(pairs, dtype=np.int64)
    graph = coo_array((np.ones(len(ends), dtype=np.int8), (ends[:, 0], ends[:, 1])), shape=(count, count))
    return [int(number) for number in connected_components(graph, directed=False)[1]]
