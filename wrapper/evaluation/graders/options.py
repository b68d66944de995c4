"""What a metric can be told besides the answers, and the same as a JSON document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class AnswerConstraints:
    """What every answer must keep to; None or nothing where it is free."""

    min_words: int | None = None
    max_words: int | None = None
    max_characters: int | None = None
    max_sentences: int | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    matches: str | None = None


@dataclass(frozen=True, kw_only=True)
class GraderOptions:
    """`schema` is a parsed JSON Schema; `function` is called with response, gold answer and question."""

    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tolerance: float | None = None
    pattern: str | None = None
    schema: Any = None
    constraints: AnswerConstraints | None = None
    function: Callable[[str, str, str], object] | None = None

    @property
    def document(self) -> dict[str, Any]:
        """As JSON, without what is not set; a function cannot be part of it."""
        document: dict[str, Any] = {
            "aliases": {gold: list(others) for gold, others in self.aliases.items()} or None,
            "tolerance": self.tolerance,
            "pattern": self.pattern,
            "schema": self.schema,
            "constraints": asdict(self.constraints) if self.constraints else None,
        }
        return {key: value for key, value in document.items() if value is not None}


def options_of(document: Mapping[str, Any]) -> GraderOptions:
    """The options that `GraderOptions.document` was made of."""
    given = dict(document)
    if "aliases" in given:
        given["aliases"] = {gold: tuple(others) for gold, others in given["aliases"].items()}
    if "constraints" in given:
        said: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in given["constraints"].items()
        }
        given["constraints"] = AnswerConstraints(**said)
    return GraderOptions(**given)
