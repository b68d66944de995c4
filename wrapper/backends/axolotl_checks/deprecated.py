"""Names that Axolotl leaves behind: a warning where it reads or ignores them, an error where it refuses them."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from functools import cache

from wrapper.backends.axolotl_checks.schema import AXOLOTL_VERSION, ConfigSchema
from wrapper.documents import Document, KeyPath, dotted
from wrapper.errors import Fault
from wrapper.resources import presets_dir

_DATASET_TABLES = ("datasets", "test_datasets", "pretraining_dataset")
_FSDP_PREFIX = "fsdp_"


def deprecation_faults(document: Document, schema: ConfigSchema) -> Iterator[Fault]:
    """Old names at the top level, in the datasets and in `fsdp_config`."""
    config, old = document.value, _old_names()
    for key, value in config.items():
        if value is not None and key in old["warned"]:
            yield _warning(document, (key,), old["warned"][key])
        elif key in old["ignored"]:
            yield _removed(document, (key,), old["ignored"][key])
        elif (value is not None and key in old["refused_if_set"]) or (value and key in old["refused_if_true"]):
            remedy = old["refused_if_set"].get(key) or old["refused_if_true"][key]
            yield document.fault("deprecated", f"`{key}` is no longer supported", (key,), suggestion=remedy)
    for table in _DATASET_TABLES:
        items = config.get(table)
        for index, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, dict):
                yield from _dataset_faults(document, item, (table, index))
    fsdp = config.get("fsdp_config")
    for key in fsdp if isinstance(fsdp, dict) else ():
        new = str(key).removeprefix(_FSDP_PREFIX)
        if _is_prefixed(str(key)) and new in schema.document["$defs"]["FSDPConfig"]["properties"]:
            yield _warning(document, ("fsdp_config", key), f"use `{new}`, without the prefix")
        elif new in old["fsdp_ignored"]:
            yield _removed(document, ("fsdp_config", key), old["fsdp_ignored"][new])


def is_old_spelling(key: str, path: KeyPath, known: Container[str]) -> bool:
    """True for a key that is not `known` to the schema but that is told by `deprecation_faults`."""
    old = _old_names()
    if path == ("fsdp_config",):
        new = key.removeprefix(_FSDP_PREFIX)
        return new in old["fsdp_ignored"] or (_is_prefixed(key) and new in known)
    if len(path) > 1 and path[0] in _DATASET_TABLES:
        return key in old["dataset_ignored"]
    return not path and any(key in old[part] for part in ("warned", "ignored", "refused_if_set", "refused_if_true"))


def _dataset_faults(document: Document, item: dict[str, object], path: KeyPath) -> Iterator[Fault]:
    old = _old_names()
    for key, remedy in old["dataset_warned"].items():
        if item.get(key) is not None:
            yield _warning(document, (*path, key), remedy)
    for key in item.keys() & old["dataset_ignored"].keys():
        yield _removed(document, (*path, key), old["dataset_ignored"][key])
    kind = item.get("type")
    if isinstance(kind, str) and kind.startswith("sharegpt") and path[0] == "datasets":
        message = f"`type: {kind}` is no longer supported"
        yield document.fault("deprecated", message, (*path, "type"), suggestion="use `type: chat_template`")


def _warning(document: Document, path: KeyPath, remedy: str) -> Fault:
    return document.fault("warning_deprecated", f"`{dotted(path)}` is deprecated", path, suggestion=remedy)


def _removed(document: Document, path: KeyPath, remedy: str) -> Fault:
    message = f"`{dotted(path)}` does nothing: this Axolotl no longer reads it"
    return document.fault("warning_removed_key", message, path, suggestion=remedy)


def _is_prefixed(key: str) -> bool:
    return key.startswith(_FSDP_PREFIX) and key != "fsdp_version"


@cache
def _old_names() -> dict[str, dict[str, str]]:
    path = presets_dir() / "schemas" / f"axolotl-{AXOLOTL_VERSION}-deprecated.json"
    names: dict[str, dict[str, str]] = json.loads(path.read_bytes())
    return names
