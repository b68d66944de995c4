"""Keys that Axolotl does not read: misspelt, in the wrong table, of a plugin that is not named, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from wrapper.backends.axolotl_checks.deprecated import is_old_spelling
from wrapper.backends.axolotl_checks.resemblance import NEAR, nearest_key
from wrapper.backends.axolotl_checks.schema import (
    OWN_PLUGIN,
    OWN_PREFIX,
    ConfigSchema,
    Node,
    plugin_of,
    schema_of,
)
from wrapper.documents import Document, KeyPath, dotted
from wrapper.errors import Fault

# Where a plugin that nobody here knows may add keys, only a slip of the keys is called an error.
_SLIP = 0.85
_LOOSE = 0.7


def key_faults(document: Document, schema: ConfigSchema) -> Iterator[Fault]:
    """An error for a key that was meant to be another, a warning for one that does nothing."""
    yield from _Keys(document, schema).of(document.value, [schema.document], ())


class _Keys:
    def __init__(self, document: Document, schema: ConfigSchema) -> None:
        self._document = document
        self._schema = schema

    def of(self, value: object, nodes: Sequence[Node], path: KeyPath) -> Iterator[Fault]:
        """Faults of the keys in `value`, which stands at `path` and is described by any of `nodes`."""
        variants = [variant for node in nodes for variant in self._schema.variants(node)]
        if isinstance(value, list):
            items = [variant["items"] for variant in variants if isinstance(variant.get("items"), dict)]
            if path == ("datasets",):  # the model of one method reads keys that another one declares
                items = [variant["items"] for variant in self._schema.variants(self._schema.any_dataset)[:1]]
            for index, item in enumerate(value):
                yield from self.of(item, items, (*path, index))
        elif isinstance(value, dict):
            tables = [variant["properties"] for variant in variants if "properties" in variant]
            known = {name for table in tables for name in table}
            for key, inner in value.items() if tables else ():
                found = [table[key] for table in tables if key in table]
                if found:
                    yield from self.of(inner, found, (*path, key))
                elif not is_old_spelling(str(key), path, known):
                    yield self._unknown(str(key), path, known)

    def _unknown(self, key: str, path: KeyPath, known: set[str]) -> Fault:
        here = (*path, key)
        place = f" under `{dotted(path)}`" if path else ""
        plugin = "" if path else _plugin(key)
        if plugin:
            message = f"`{key}` does nothing: it belongs to a plugin that is not named"
            return self._document.fault(
                "warning_plugin_key", message, here, suggestion=f"add `{plugin}` under `plugins`"
            )
        suggestion = self._meant(key, path, known)
        if suggestion:
            return self._document.fault("unknown_key", f"unknown key `{key}`{place}", here, suggestion=suggestion)
        does = "only a plugin of yours could read it" if self._schema.foreign and not path else "it does nothing"
        message = f"Axolotl has no key `{key}`{place}: {does}"
        loosely = nearest_key(key, known, _LOOSE)
        return self._document.fault(
            "warning_unknown_key", message, here, suggestion=f"did you mean `{loosely}`?" if loosely else ""
        )

    def _meant(self, key: str, path: KeyPath, known: set[str]) -> str:
        """What the key was meant to be, as a question or a place; empty where it resembles nothing."""
        foreign = self._schema.foreign and not path
        if close := nearest_key(key, known, _SLIP if foreign else NEAR):
            return f"did you mean `{close}`?"
        if foreign:
            return ""
        if _place_of(key, path):
            return f"it belongs {_place_of(key, path)}"
        if close := nearest_key(key, {*_places(), *plugin_of()} - known, _SLIP):
            place = _place_of(close, path) or f"to the plugin `{plugin_of()[close]}`"
            return f"did you mean `{close}`? It belongs {place}"
        return ""


def _plugin(key: str) -> str:
    return OWN_PLUGIN if key.startswith(OWN_PREFIX) else plugin_of().get(key, "")


@cache
def _places() -> dict[str, tuple[str, ...]]:
    """Every key of the schema, in whatever table: the tables where it stands (the root is empty)."""
    schema = schema_of({})
    places: dict[str, tuple[str, ...]] = dict.fromkeys(schema.document["properties"], ("",))
    for table, node in (schema.document["properties"] | {"datasets": schema.any_dataset}).items():
        variants = schema.variants(node)
        items = [variant["items"] for variant in variants if isinstance(variant.get("items"), dict)]
        inner = [found for item in items for found in schema.variants(item)]
        for key in {key for variant in (*variants, *inner) for key in variant.get("properties", {})}:
            places[key] = (*places.get(key, ()), table)
    return places


def _place_of(key: str, path: KeyPath) -> str:
    """Where a key stands that is not known at `path`, such as "under `datasets`"; empty for nowhere."""
    here = str(path[0]) if path else ""
    tables = [table for table in _places().get(key, ()) if table != here]
    if not tables:
        return ""
    return f"under `{tables[0]}`" if tables[0] else "at the top level"
