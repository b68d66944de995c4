"""jsonschema as lenient as pydantic: backends read their configs with it, numbers and truths out of text too."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

_TRUE = frozenset(("true", "t", "yes", "y", "on", "1"))
_TRUTHS = _TRUE | frozenset(("false", "f", "no", "n", "off", "0"))


def lenient_validator(schema: Mapping[str, Any]) -> Validator:
    """A validator that takes for a number or a truth what pydantic takes for one."""
    made: Validator = _lenient_validator()(schema)
    return made


def number_in(value: object) -> float | None:
    """The number that pydantic reads, also out of text and truths; None where it reads none."""
    if isinstance(value, int | float):
        return value
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None


def truth_in(value: object) -> bool:
    """The truth that pydantic reads, also out of text and numbers."""
    return value.lower() in _TRUE if isinstance(value, str) else bool(value)


@cache
def _lenient_validator() -> Any:
    from jsonschema.validators import Draft202012Validator, extend

    checker = Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "number": lambda _, value: number_in(value) is not None,
            "integer": lambda _, value: (number := number_in(value)) is not None and number % 1 == 0,
            "boolean": lambda _, value: _is_truth(value),
        }
    )
    limits = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
    strict = {name: Draft202012Validator.VALIDATORS[name] for name in limits}
    checks = {name: _on_numbers(check) for name, check in strict.items()}
    return extend(Draft202012Validator, checks, type_checker=checker)  # type: ignore[no-untyped-call]


def _is_truth(value: object) -> bool:
    if isinstance(value, str):
        return value.lower() in _TRUTHS
    return isinstance(value, int | float) and value in (0, 1)


def _on_numbers(check: Any) -> Any:
    """A limit on numbers, applied to the number that pydantic reads out of text too."""

    def checked(validator: Any, limit: Any, instance: Any, schema: Any) -> Any:
        number = number_in(instance)
        return () if number is None else check(validator, limit, number, schema)

    return checked
