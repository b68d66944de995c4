"""The published schema: valid draft 2020-12, strict, described everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator

from wrapper.spec.schema import spec_schema


def tables() -> Iterator[tuple[str, dict[str, Any]]]:
    schema = spec_schema()
    yield "root", schema
    yield from schema["$defs"].items()


def test_it_is_a_valid_schema_of_draft_2020_12() -> None:
    schema = spec_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == "urn:thriftune:spec:1"
    assert schema["title"] == "thriftune.yaml"
    assert schema["required"] == ["version", "task", "data", "model"]


def test_every_table_is_strict_and_every_key_described() -> None:
    names = set()
    for name, table in tables():
        names.add(name)
        assert table["additionalProperties"] is False, name
        assert table["description"], name
        for key, part in table["properties"].items():
            assert part["description"].endswith((".", "?")), f"{name}.{key}"
    assert names == {
        "root", "Task", "Grading", "Constraints", "Judge", "Data", "Model", "Training", "Overrides", "Parallel",
        "Evaluation", "Endpoint", "Regression", "Budget", "Serving",
    }  # fmt: skip


def test_every_default_fits_its_own_key() -> None:
    schema = spec_schema()
    for name, table in tables():
        for key, part in table["properties"].items():
            if "default" in part:
                found = list(
                    Draft202012Validator({**part, "$defs": schema["$defs"]}).iter_errors(part["default"])
                )
                assert not found, f"{name}.{key}"
