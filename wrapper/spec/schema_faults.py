"""What jsonschema says of a document of strict tables, as faults in plain words with their lines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from wrapper.documents import Document, KeyPath, dotted, nearest
from wrapper.errors import Fault
from wrapper.spec.advice import advise_on_range, advise_on_type, advise_on_value, choices_of, type_name
from wrapper.spec.tables import suggest_key, tables_of

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

LARGEST = 2**63 - 1

_LIMITS = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A fault and the path of the value at fault; `meant` is the path a misspelt key was meant to have."""

    path: KeyPath
    fault: Fault
    meant: KeyPath | None = None


def schema_findings(document: Document, validator: Validator) -> list[Finding]:
    """Every fault against the validator's schema, whose tables stand under `$defs` and take no other keys."""
    numbers = list(number_findings(document, document.value))
    impossible = {finding.path for finding in numbers}
    checking = _Checking(document, cast(dict[str, Any], validator.schema))
    errors = validator.iter_errors(document.value)
    others = (finding for error in errors for finding in checking.findings_of(error))
    return numbers + [finding for finding in others if finding.path not in impossible]


def number_findings(document: Document, value: object, path: KeyPath = ()) -> Iterator[Finding]:
    """Numbers that a schema lets pass: not a number, infinity, and what no machine word holds."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from number_findings(document, part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from number_findings(document, part, (*path, index))
    elif isinstance(value, float) and not math.isfinite(value):
        fault = document.fault("value", f"`{dotted(path)}` must be a finite number, not {value}", path)
        yield Finding(path=path, fault=fault)
    elif isinstance(value, int | float) and abs(value) > LARGEST:
        yield Finding(path=path, fault=document.fault("value", f"`{dotted(path)}` is too large a number", path))


class _Checking:
    """Turns the errors of one validation into faults."""

    def __init__(self, document: Document, schema: dict[str, Any]) -> None:
        self._document = document
        self._schema = schema
        self._tables = tables_of(schema)
        self._reported_tables: set[KeyPath] = set()

    def findings_of(self, error: ValidationError) -> Iterator[Finding]:
        path: KeyPath = tuple(error.absolute_path)
        if error.validator == "anyOf":
            for branch in _fitting(error):
                yield from self.findings_of(branch)
        elif error.validator == "additionalProperties":
            table: Any = error.schema
            for key in cast(dict[str, Any], error.instance):
                if key not in table["properties"]:
                    yield self._unknown_key(key, path, table["properties"])
        elif error.validator == "required":
            if path not in self._reported_tables:
                self._reported_tables.add(path)
                yield from self._missing_keys(error, path)
        else:
            yield Finding(path=path, fault=self._value_fault(error, path))

    def _unknown_key(self, key: str, path: KeyPath, known: Iterable[str]) -> Finding:
        place = f" under `{dotted(path)}`" if path else ""
        fault = self._document.fault(
            "unknown_key",
            f"unknown key `{key}`{place}",
            (*path, key),
            suggestion=suggest_key(key, path, self._tables),
        )
        meant = nearest(key, known)
        return Finding(path=(*path, key), fault=fault, meant=(*path, meant) if meant else None)

    def _missing_keys(self, error: ValidationError, path: KeyPath) -> Iterator[Finding]:
        table, given = cast(Any, error.schema), cast(Any, error.instance)
        properties = table["properties"]
        misspelt = {nearest(key, properties) for key in given if key not in properties}
        for key in table["required"]:
            if key in given or key in misspelt:
                continue
            here = (*path, key)
            advice = f"add it: {_lower_first(properties[key]['description'])}"
            choices = choices_of(properties[key])
            suggestion = f"{advice} ({choices})" if choices else advice
            fault = self._document.fault("missing", f"`{dotted(here)}` is missing", here, suggestion=suggestion)
            yield Finding(path=here, fault=fault)

    def _value_fault(self, error: ValidationError, path: KeyPath) -> Fault:
        name, value = dotted(path), cast(Any, error.instance)
        limit, part = cast(Any, error.validator_value), cast(Any, error.schema)
        shown = f"`{value}`" if isinstance(value, str) and value else type_name(value)
        kind = "value"
        if error.validator == "type":
            kind, message = "type", f"`{name}` must be {type_name(limit)}, not {shown}"
            suggestion = advise_on_type(value, limit)
        elif error.validator == "enum":
            message = f"`{name}` must be {choices_of(part)}, not {shown}"
            suggestion = advise_on_value(value, limit)
        elif error.validator == "pattern":
            message, suggestion = f"`{name}` cannot be {shown}", f"wanted: {_lower_first(_description(error))}"
        elif error.validator in ("minLength", "minItems"):
            message, suggestion = f"`{name}` is empty", "remove the key or fill it"
        else:
            message = f"`{name}` must be {_LIMITS[str(error.validator)]} {limit}, not {value}"
            suggestion = advise_on_range(value, part)
        return self._document.fault(kind, message, path, suggestion=suggestion)


def _fitting(error: ValidationError) -> list[ValidationError]:
    """What is said by the branches that take the value's type; by the first branch where none does. Null aside."""
    branches = [branch for branch in error.context or () if branch.validator_value != "null"]
    right_type = [branch for branch in branches if branch.validator != "type" or branch.path]
    return right_type or branches[:1]


def _description(error: Any) -> str:
    """Of the key at fault: a branch of several has none of its own."""
    return str(error.schema["description"] if "description" in error.schema else _description(error.parent))


def _lower_first(description: str) -> str:
    return f"{description[0].lower()}{description[1:].rstrip('.')}"
