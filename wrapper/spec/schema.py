"""The JSON Schema of thriftune.yaml, made from the types in `fields`."""

from __future__ import annotations

from typing import Any

import msgspec

from wrapper.spec.fields import Spec

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMA_ID = "urn:thriftune:spec:1"


def spec_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12: every table is strict, every key has a description."""
    generated = msgspec.json.decode(msgspec.json.encode(msgspec.json.schema(Spec)))  # plain JSON: no tuples
    tables = dict(generated["$defs"])
    root = tables.pop("Spec")
    head = {"$schema": DIALECT, "$id": SCHEMA_ID, "title": "thriftune.yaml"}
    return {**head, **{name: part for name, part in root.items() if name != "title"}, "$defs": tables}
