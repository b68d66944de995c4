"""Which keys each table of the spec has, and where a key that stands in the wrong table belongs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wrapper.documents import KeyPath, did_you_mean, dotted, nearest

Tables = Mapping[tuple[str, ...], tuple[str, ...]]


def tables_of(schema: Mapping[str, Any]) -> Tables:
    """Path of each table of the spec's schema, to its keys; the root table has the empty path."""
    return dict(_walk(schema, schema, ()))


def _walk(
    schema: Mapping[str, Any], table: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    yield path, tuple(table["properties"])
    for key, part in table["properties"].items():
        for inner in _tables_in(part, schema):
            yield from _walk(schema, inner, (*path, key))


def _tables_in(part: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The strict tables that a value may be, or that its items may be."""
    if "$ref" in part:
        yield schema["$defs"][part["$ref"].rsplit("/", 1)[1]]
    for branch in part.get("anyOf", ()):
        yield from _tables_in(branch, schema)
    if isinstance(part.get("items"), dict):
        yield from _tables_in(part["items"], schema)


def suggest_key(key: str, path: KeyPath, tables: Tables) -> str:
    """What to write in place of the unknown `key` in the table at `path`."""
    homes = [_name(table) for table, keys in tables.items() if key in keys]
    if homes:
        return f"`{key}` belongs {' or '.join(homes)}"
    here = tables[tuple(step for step in path if isinstance(step, str))]
    near = did_you_mean(key, here)
    if near:
        return near
    elsewhere = nearest(key, (name for keys in tables.values() for name in keys))
    if elsewhere:
        homes = [_name(table) for table, keys in tables.items() if elsewhere in keys]
        return f"did you mean `{elsewhere}`? it belongs {' or '.join(homes)}"
    return f"{f'`{dotted(path)}`' if path else 'the top level'} takes {', '.join(here)}"


def _name(table: tuple[str, ...]) -> str:
    return f"under `{dotted(table)}`" if table else "at the top level"
