"""Values of the wrong type or outside their choices: what jsonschema says, one line a fault."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from wrapper.backends.axolotl_checks.schema import ConfigSchema
from wrapper.backends.pydantic_values import lenient_validator
from wrapper.documents import Document, KeyPath, did_you_mean, dotted, nearest
from wrapper.errors import Fault
from wrapper.spec.advice import advise_on_type, type_name

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_FEW_CHOICES = 12
_LIMITS = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
}


def value_faults(document: Document, schema: ConfigSchema) -> Iterator[Fault]:
    """Faults of values, and keys that are missing."""
    for error in lenient_validator(schema.document).iter_errors(document.value):
        yield from _faults_of(error, document, schema)


def _faults_of(error: ValidationError, document: Document, schema: ConfigSchema) -> Iterator[Fault]:
    path: KeyPath = tuple(error.absolute_path)
    if error.validator == "required":
        yield from _missing(error, document, path)
    elif error.validator == "additionalProperties":
        return  # unknown keys are told by `keys`, with what they were meant to be
    elif error.validator == "anyOf":
        inner = _deepest_branch(error)
        if inner:
            for fault in inner:
                yield from _faults_of(fault, document, schema)
        else:
            yield _mismatch(document, path, error.instance, schema.variants(cast(Any, error.schema)))
    elif error.validator in _LIMITS:
        limit = f"{_LIMITS[str(error.validator)]} {error.validator_value}"
        message = f"`{dotted(path)}` must be {limit}, not {_shown(error.instance)}"
        yield document.fault("value", message, path)
    elif error.validator in ("minItems", "minLength"):
        yield document.fault("value", f"`{dotted(path)}` is empty", path, suggestion="fill it or remove the key")
    elif error.validator in ("type", "enum", "const", "pattern"):
        yield _mismatch(document, path, error.instance, [cast(Any, error.schema)])
    else:
        yield document.fault("value", f"`{dotted(path)}`: {error.message.splitlines()[0]}", path)


def _deepest_branch(error: ValidationError) -> list[ValidationError]:
    """The faults of the branch that the value was meant for: the one that it fits but for something inside.

    Empty where no branch takes a value of this kind at all.
    """
    branches: dict[int, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(cast(int, inner.schema_path[0]), []).append(inner)
    meant = [faults for faults in branches.values() if not any(_refuses_kind(fault) for fault in faults)]
    return min(meant, key=len, default=[])


def _refuses_kind(fault: ValidationError) -> bool:
    """True where the value itself, not something inside it, is of no type or choice of this branch."""
    return not fault.path and fault.validator in ("type", "enum", "const", "pattern")


def _missing(error: ValidationError, document: Document, path: KeyPath) -> Iterator[Fault]:
    given, properties = cast(Any, error.instance), cast(Any, error.schema).get("properties", {})
    key = next(key for key in cast(Any, error.validator_value) if f"'{key}' is a required" in error.message)
    if any(name not in properties and nearest(str(name), [key]) for name in given):
        return  # a misspelt key is told once, as that
    place = f" under `{dotted(path)}`" if path else ""
    about = str(properties.get(key, {}).get("description", ""))
    suggestion = f"add `{key}:`" + (f" ({_first_sentence(about)})" if about else "")
    yield document.fault("missing", f"`{key}` is missing{place}", (*path, key), suggestion=suggestion)


def _mismatch(document: Document, path: KeyPath, value: object, variants: Sequence[Any]) -> Fault:
    """A value that none of these schemas takes."""
    wanted = [variant for variant in variants if variant.get("type") != "null"]
    choices = [str(choice) for variant in wanted for choice in _choices(variant)]
    types = [str(variant["type"]) for variant in wanted if "type" in variant and not _choices(variant)]
    phrases = list(dict.fromkeys([*_listed(choices), *map(type_name, types)]))
    message = f"`{dotted(path)}` must be {' or '.join(phrases) or 'another value'}, not {_shown(value)}"
    kind = "value" if choices and isinstance(value, str) else "type"
    suggestion = did_you_mean(value, choices) if isinstance(value, str) and choices else ""
    if not suggestion and len(types) == 1 and not choices:
        suggestion = advise_on_type(value, types[0])
    return document.fault(kind, message, path, suggestion=suggestion)


def _choices(variant: Any) -> list[object]:
    return list(variant.get("enum", [variant["const"]] if "const" in variant else []))


def _listed(choices: Sequence[str]) -> list[str]:
    shown = [f"`{choice}`" for choice in dict.fromkeys(choices)]
    if len(shown) <= _FEW_CHOICES:
        return shown
    return [f"one of {len(shown)} values ({', '.join(shown[:_FEW_CHOICES])}, ...)"]


def _shown(value: object) -> str:
    return f"`{value}`" if isinstance(value, str) and value else type_name(value)


def _first_sentence(text: str) -> str:
    """The start of a description of Axolotl's, as the end of a line of ours."""
    first = text.splitlines()[0].split(". ")[0].rstrip(".")
    return first[:1].lower() + first[1:]
