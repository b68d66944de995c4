"""The pinned Axolotl's own schema of a config, with the keys of the plugins that the config names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from wrapper.resources import presets_dir

AXOLOTL_VERSION = "0.19.0"
# thriftune's own plugin (wrapper/worker/axolotl_events.py) and the keys that it adds
OWN_PLUGIN = "axolotl_events.EventsPlugin"
OWN_PREFIX = "thriftune_"

# `validate_config` makes every item of `datasets` one of these by `rl`, before pydantic chooses one itself.
_DATASET_BY_RL = {"dpo": "DPODataset", "ipo": "DPODataset", "simpo": "DPODataset", "kto": "KTODataset"}

Node = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ConfigSchema:
    """`document` is the JSON Schema; `foreign` says that a plugin is named whose keys nobody here knows.

    In `document`, `datasets` holds the one kind that the config's method reads; `any_dataset` is all kinds.
    """

    document: dict[str, Any]
    foreign: bool
    any_dataset: Node

    def variants(self, node: Node) -> list[Node]:
        """The schemas without `anyOf` or `$ref` that stand behind one."""
        if "$ref" in node:
            return self.variants(self.document["$defs"][node["$ref"].rsplit("/", 1)[1]])
        if "anyOf" in node:
            return [variant for branch in node["anyOf"] for variant in self.variants(branch)]
        return [node]


@cache
def known_values() -> dict[str, list[str]]:
    """Values that Axolotl can train with, by key, where its schema takes any text."""
    values: dict[str, list[str]] = _read("-plugins")["values"]
    return values


@cache
def plugin_of() -> dict[str, str]:
    """Every key that a plugin adds: how to name that plugin under `plugins`."""
    return {
        key: f"axolotl.integrations.{name}.{plugin['classes'][0]}"
        for name, plugin in _read("-plugins")["plugins"].items()
        if plugin["classes"]
        for key in plugin["schema"].get("properties", {})
    }


def schema_of(config: Mapping[str, Any]) -> ConfigSchema:
    """The schema that this config is to be held against."""
    named = config.get("plugins")
    plugins = frozenset(name for name in named if isinstance(name, str)) if isinstance(named, list) else ()
    return _schema(frozenset(plugins), _dataset_kind(config))


@cache
def _read(part: str) -> dict[str, Any]:
    path = presets_dir() / "schemas" / f"axolotl-{AXOLOTL_VERSION}{part}.json"
    document: dict[str, Any] = json.loads(path.read_bytes())
    return document


@cache
def _schema(plugins: frozenset[str], dataset: str) -> ConfigSchema:
    base, known = _read(""), _read("-plugins")["plugins"]
    properties, definitions = dict(base["properties"]), dict(base["$defs"])
    required = list(base["required"])
    foreign = False
    for name in sorted(plugins):
        folder = _plugin_folder(name)
        if folder in known:
            added = known[folder]["schema"]
            properties |= added.get("properties", {})
            definitions |= added.get("$defs", {})
            required += added.get("required", [])
        elif name == OWN_PLUGIN:
            properties |= _own_properties()
        else:
            foreign = True
    if dataset:
        properties["datasets"] = _list_of(dataset)
    document = base | {"properties": properties, "$defs": definitions, "required": required}
    return ConfigSchema(document=document, foreign=foreign, any_dataset=base["properties"]["datasets"])


def _plugin_folder(name: str) -> str:
    """`liger` of `axolotl.integrations.liger.LigerPlugin`, however deep the class is named."""
    parts = name.split(".")
    return parts[2] if parts[:2] == ["axolotl", "integrations"] and len(parts) > 3 else ""


def _own_properties() -> dict[str, Any]:
    nothing = {"type": "null"}
    kinds = {
        "events_file": {"anyOf": [{"type": "string"}, nothing]},
        "stop_file": {"anyOf": [{"type": "string"}, nothing]},
        "max_seconds": {"anyOf": [{"type": "number"}, nothing]},
        "threads": {"anyOf": [{"type": "integer"}, nothing]},
        "bf16": {"type": "boolean"},
    }
    return {OWN_PREFIX + name: kind for name, kind in kinds.items()}


def _dataset_kind(config: Mapping[str, Any]) -> str:
    """The model of every item of `datasets`; empty where the items differ."""
    items = config.get("datasets")
    if any(isinstance(item, dict) and item.get("type") == "_synthetic" for item in _items(items)):
        return ""
    return _DATASET_BY_RL.get(str(config.get("rl")), "SFTDataset")


def _items(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else ()


def _list_of(definition: str) -> dict[str, Any]:
    items = {"type": "array", "minItems": 1, "items": {"$ref": f"#/$defs/{definition}"}}
    return {"anyOf": [items, {"type": "null"}]}
