"""The shapes that training examples come in, and the one shape that the rest of thriftune reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from wrapper.data.rows import Message
from wrapper.errors import BadInput

Record = Mapping[str, Any]
Parsed = tuple[tuple[Message, ...], str]

_ROLES = {"human": "user", "gpt": "assistant", "user": "user", "assistant": "assistant", "system": "system"}
_PAIRS = (
    ("prompt", "completion"),
    ("question", "answer"),
    ("input", "output"),
    ("text", "label"),
    ("text", "category"),
    ("text", "intent"),
)


class MalformedError(Exception):
    """A record that cannot be read as an example; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A shape by name, and the function that reads a record of it."""

    name: str
    parse: Callable[[Record], Parsed]


def detect(records: Sequence[Record], *, file: str) -> Shape:
    """The shape that most of the records have; raises BadInput for preference pairs and unknown shapes."""
    found: Counter[str] = Counter()
    shapes: dict[str, Shape] = {}
    for record in records:
        names = {name.strip().lower(): name for name in record}
        if {"chosen", "rejected"} <= names.keys():
            raise BadInput(
                f"{file} holds preference pairs (`chosen` and `rejected`), not examples to copy",
                hint="give one good answer a row: prompt and chosen answer, as `prompt` and `completion`",
            )
        shape = _shape_of(names)
        if shape:
            found[shape.name] += 1
            shapes.setdefault(shape.name, shape)
    if not found:
        fields = ", ".join(f"`{name}`" for name in list(records[0])[:8]) if records else "no fields"
        raise BadInput(
            f"{file}: no known shape of examples in its fields: {fields}",
            hint="name the fields with `data: {input: ..., output: ...}` in the spec; known without that: "
            "`messages`, `conversations`, `instruction` and `output`, "
            + ", ".join(f"`{given}` and `{wanted}`" for given, wanted in _PAIRS),
        )
    return shapes[found.most_common(1)[0][0]]


def explicit(input_field: str, output_field: str) -> Shape:
    """The shape that a spec names by its fields."""
    return _pair(input_field, output_field)


def as_text(value: object) -> str:
    """Numbers as their digits, objects and arrays as compact JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _shape_of(names: Mapping[str, str]) -> Shape | None:
    if "messages" in names:
        return _chat(names["messages"], role="role", content="content", name="chat messages")
    if "conversations" in names:
        return _chat(names["conversations"], role="from", content="value", name="ShareGPT conversations")
    if {"instruction", "output"} <= names.keys():
        return _alpaca(names)
    for given, wanted in _PAIRS:
        if {given, wanted} <= names.keys():
            return _pair(names[given], names[wanted])
    return None


def _pair(input_field: str, output_field: str) -> Shape:
    def parse(record: Record) -> Parsed:
        given, wanted = _field(record, input_field), _field(record, output_field)
        if isinstance(given, list):
            return _turns([*given, *(wanted if isinstance(wanted, list) else [])], "role", "content")
        return (Message(role="user", content=_content(given, input_field)),), _content(wanted, output_field)

    return Shape(name=f"{input_field}/{output_field}", parse=parse)


def _alpaca(names: Mapping[str, str]) -> Shape:
    def parse(record: Record) -> Parsed:
        instruction = _content(_field(record, names["instruction"]), names["instruction"])
        extra = record.get(names.get("input", "input")) or ""
        turns: list[Message] = []
        if system := record.get(names.get("system", "system")):
            turns.append(Message(role="system", content=_content(system, "system")))
        for past in record.get(names.get("history", "history")) or ():
            if not isinstance(past, list) or len(past) != 2:
                raise MalformedError("`history` is not a list of [instruction, answer] pairs")
            turns.append(Message(role="user", content=_content(past[0], "history")))
            turns.append(Message(role="assistant", content=_content(past[1], "history")))
        text = f"{instruction}\n\n{as_text(extra)}" if extra else instruction
        turns.append(Message(role="user", content=text))
        return tuple(turns), _content(_field(record, names["output"]), names["output"])

    return Shape(name="Alpaca instruction/input/output", parse=parse)


def _chat(field: str, *, role: str, content: str, name: str) -> Shape:
    def parse(record: Record) -> Parsed:
        if record.get("tools") not in (None, "", [], "[]"):
            raise MalformedError("the row defines `tools`; calls of tools cannot be trained on yet")
        turns = _field(record, field)
        if not isinstance(turns, list):
            raise MalformedError(f"`{field}` is not a list of turns")
        system = record.get("system")
        opening = [{role: "system", content: system}] if system else []
        return _turns([*opening, *turns], role, content)

    return Shape(name=name, parse=parse)


def _turns(turns: Sequence[object], role_key: str, content_key: str) -> Parsed:
    """The turns before the last, and the last, which must be the assistant's and follow a user's."""
    messages: list[Message] = []
    for number, turn in enumerate(turns, start=1):
        if not isinstance(turn, dict):
            raise MalformedError(f"turn {number} is not an object with `{role_key}` and `{content_key}`")
        role = _ROLES.get(str(turn.get(role_key)))
        if role is None or turn.get("tool_calls"):
            said = "tool_calls" if role else turn.get(role_key)
            raise MalformedError(f"turn {number} has the role `{said}`; not system, user or assistant")
        if role == "system" and number > 1:
            raise MalformedError(f"turn {number} is a system turn; only the first turn may be")
        messages.append(Message(role=role, content=_content(turn.get(content_key), content_key)))
    if not messages or messages[-1].role != "assistant":
        raise MalformedError("the last turn is not the assistant's, so there is no answer to learn")
    if len(messages) < 2 or messages[-2].role != "user":
        raise MalformedError("no user turn stands before the last answer")
    return tuple(messages[:-1]), messages[-1].content


def _field(record: Record, name: str) -> Any:
    if name not in record:
        raise MalformedError(f"the row has no `{name}`")
    return record[name]


def _content(value: object, name: str) -> str:
    """Text of a field; content parts of type text are joined, anything else in a list of parts is refused."""
    if isinstance(value, list) and value and all(isinstance(part, dict) and "type" in part for part in value):
        others = sorted({str(part["type"]) for part in value} - {"text"})
        if others:
            raise MalformedError(f"`{name}` has a part of type `{others[0]}`; only text is understood")
        value = "".join(str(part.get("text", part.get("value", ""))) for part in value)
    if value is None:
        raise MalformedError(f"`{name}` is null")
    text = as_text(value)
    if not text.strip():
        raise MalformedError(f"`{name}` is empty")
    if "\x00" in text:
        raise MalformedError(f"`{name}` holds a NUL character")
    return text
