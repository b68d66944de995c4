"""Every fault of a config for `unsloth train`, whoever wrote it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from wrapper.backends.pydantic_values import lenient_validator
from wrapper.backends.unsloth_checks.cross_fields import cross_field_faults
from wrapper.documents import Document, parse_yaml
from wrapper.errors import BadInput, Fault
from wrapper.resources import presets_dir
from wrapper.spec.schema_faults import schema_findings

UNSLOTH_VERSION = "2026.10.9"


def find_faults(text: str, *, file: str) -> list[Fault]:
    """Faults against the schema and between keys, in the order of the file; kinds `warning_*` are warnings."""
    try:
        document = parse_yaml(text, file=file, floats="yaml11")
    except BadInput as refused:
        return list(refused.faults) or [Fault(kind="syntax", message=refused.message, file=file)]
    levelled = Document(
        file=document.file, value=_levelled(document.value), faults=document.faults, positions=document.positions
    )
    found = schema_findings(levelled, lenient_validator(config_schema()))
    faults = [*document.faults, *(finding.fault for finding in found), *cross_field_faults(document)]
    return sorted(dict.fromkeys(faults), key=lambda fault: (fault.line, fault.column))


@cache
def config_schema() -> dict[str, Any]:
    """The pinned Unsloth's own schema; every table is strict."""
    schema: dict[str, Any] = json.loads((presets_dir() / "schemas" / f"unsloth-{UNSLOTH_VERSION}.json").read_bytes())
    return schema


def _levelled(config: dict[str, Any]) -> dict[str, Any]:
    """The spellings that Unsloth levels before it looks: the case of choices, truths for checkpointing."""
    levelled = {section: dict(part) if isinstance(part, dict) else part for section, part in config.items()}
    for section, key in (("data", "format_type"), ("training", "training_type")):
        table = levelled.get(section)
        if isinstance(table, dict) and isinstance(table.get(key), str):
            table[key] = table[key].strip().lower()
    training = levelled.get("training")
    if isinstance(training, dict) and "gradient_checkpointing" in training:
        training["gradient_checkpointing"] = _checkpointing(training["gradient_checkpointing"])
    return levelled


def _checkpointing(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "none"
    if not isinstance(value, str):
        return value
    word = value.strip().lower()
    meant = {"": "unsloth", "1": "true", "yes": "true", "false": "none", "0": "none", "no": "none", "off": "none"}
    return meant.get(word, word)
