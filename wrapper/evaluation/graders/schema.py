"""JSON held against a JSON Schema: what the answer says does not matter, only its form."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wrapper.evaluation.graders.grade import Grade
from wrapper.evaluation.graders.json_leaves import as_json, step
from wrapper.evaluation.graders.json_values import read_any_json
from wrapper.evaluation.graders.protocol import Contrast, ungradable
from wrapper.evaluation.graders.schema_patterns import TooSlow, timed

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

_SHOWN_CHARACTERS = 160


@dataclass(frozen=True, kw_only=True)
class SchemaCheck:
    """A JSON Schema that is valid itself; nothing that it refers to is fetched."""

    schema: Any

    def fault(self, value: Any) -> str:
        """The field that breaks the schema, and how; empty where none does.

        Raises TimeoutError, which names the field too, where a pattern of the schema takes longer than MAX_SECONDS.
        """
        from jsonschema.exceptions import best_match
        from referencing.exceptions import Unresolvable

        try:
            error = best_match(self._validator.iter_errors(value))
        except Unresolvable as failure:
            return f"it refers to `{failure.ref}`, which is not in it"
        except RecursionError:
            return "it refers to itself without end"
        except TooSlow as slow:
            raise TimeoutError(slow.told_of(value)) from None
        if error is None:
            return ""
        path = ""
        for part in error.absolute_path:
            path = f"{path}[{part}]" if isinstance(part, int) else step(path, part)
        message = error.message
        if len(message) > _SHOWN_CHARACTERS:
            message = f"{message[: _SHOWN_CHARACTERS // 2]} ... {message[-_SHOWN_CHARACTERS // 2 :]}"
        return f"`{path}`: {message}" if path else message

    @cached_property
    def _validator(self) -> Validator:
        from jsonschema.validators import Draft202012Validator, validator_for
        from referencing.jsonschema import EMPTY_REGISTRY

        kind = validator_for(self.schema, default=Draft202012Validator)
        made: Validator = timed(kind)(self.schema, registry=EMPTY_REGISTRY)
        return made


@dataclass(frozen=True, kw_only=True)
class JsonSchemaMatch:
    """1 where the response holds JSON that keeps the schema; the gold answer is not looked at."""

    check: SchemaCheck
    name: str = "json_schema"
    binary: bool = True
    contrast: Contrast = "none"

    def grade(self, response: str, gold: str) -> Grade:
        try:
            value = read_any_json(response)
        except ValueError as unread:
            return Grade(score=0.0, explanation=str(unread), counts={"valid": 0})
        try:
            fault = self.check.fault(value)
        except TimeoutError as slow:
            return ungradable(f"in the response, {slow}")
        if fault:
            told = f"breaks the schema: {fault}"
            return Grade(score=0.0, answer=as_json(value), explanation=told, counts={"valid": 0})
        return Grade(score=1.0, answer=as_json(value), counts={"valid": 1})
