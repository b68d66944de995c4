"""The shapes that training examples come in, and the one shape that the rest of thriftune reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from wrapper.data.reading.chats import Parsed, answer_turn, chat_of
from wrapper.data.reading.contents import MalformedError, content_of, field_of, is_chat
from wrapper.data.reading.refused_shapes import Refusal, answerless, refusal_of
from wrapper.data.rows import Message
from wrapper.errors import BadInput

Record = dict[str, Any]
Names = Mapping[str, str]  # a record's fields, by their names in lower case

_CHATS = {
    "messages": "chat messages",
    "conversations": "ShareGPT conversations",
    **{name: f"chat in `{name}`" for name in ("conversation", "dialogue", "dialog", "turns")},
}
_PAIRS = (
    ("prompt", "completion"),
    ("prompt", "response"),
    ("question", "answer"),
    ("question", "response"),
    ("query", "response"),
    ("query", "answer"),
    ("input", "output"),
    ("text", "label"),
    ("text", "category"),
    ("text", "intent"),
)
_INSTRUCTED = ("output", "response", "answer", "completion")


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A shape by name, and the function that reads a record of it."""

    name: str
    parse: Callable[[Record], Parsed]


def detect(records: Sequence[Record], *, file: str) -> Shape:
    """The shape that most of the records have; raises BadInput where that is none to learn from, or unknown."""
    named = [{name.strip().lower(): name for name in record} for record in records]
    likely = _most_common(
        refusal_of(record, names) or _shape_of(names) for record, names in zip(records, named, strict=True)
    ) or _most_common(answerless(names) for names in named)
    if likely is None:
        raise _unknown(records, file)
    if isinstance(likely, Refusal):
        raise BadInput(f"{file} holds {likely.name}", hint=likely.hint)
    return likely


def _most_common(found: Iterable[Shape | Refusal | None]) -> Shape | Refusal | None:
    shapes = [shape for shape in found if shape is not None]
    counts = Counter(shape.name for shape in shapes)
    return max(shapes, key=lambda shape: counts[shape.name], default=None)


def explicit(input_field: str, output_field: str) -> Shape:
    """The shape that a spec names by its fields."""
    return _pair(input_field, output_field)


def _unknown(records: Sequence[Record], file: str) -> BadInput:
    fields = ", ".join(f"`{name}`" for name in list(records[0])[:8]) if records else ""
    return BadInput(
        f"{file}: no known shape of examples in its fields: {fields or 'there are none'}",
        hint="name the fields with `data: {input: ..., output: ...}` in the spec; known without that: "
        "`messages`, `conversations`, `instruction` and `output`, "
        + ", ".join(f"`{given}` and `{wanted}`" for given, wanted in _PAIRS),
    )


def _shape_of(names: Names) -> Shape | None:
    for chat, said in _CHATS.items():
        if chat in names:
            return _chat(names[chat], said)
    if {"context", "question"} <= names.keys() and ("answers" in names or "answer" in names):
        return _with_context(names)
    for wanted in _INSTRUCTED:
        if {"instruction", wanted} <= names.keys():
            return _alpaca(names, wanted)
    for given, wanted in _PAIRS:
        if {given, wanted} <= names.keys():
            return _pair(names[given], names[wanted], system_field=names.get("system_prompt"))
    return None


def _pair(input_field: str, output_field: str, *, system_field: str | None = None) -> Shape:
    def parse(record: Record) -> Parsed:
        given, wanted = field_of(record, input_field), field_of(record, output_field)
        if is_chat(given):
            answered = wanted if is_chat(wanted) else [answer_turn(wanted, like=given[0])]
            return chat_of(record, [*given, *answered])
        if is_chat(wanted):
            return chat_of(record, [{"role": "user", "content": given}, *wanted])
        asked = Message(role="user", content=content_of(given, input_field))
        answer = content_of(wanted, output_field)
        if system_field and (system := record.get(system_field)):
            return (Message(role="system", content=content_of(system, system_field)), asked), answer
        return (asked,), answer

    return Shape(name=f"{input_field}/{output_field}", parse=parse)


def _alpaca(names: Names, wanted: str) -> Shape:
    output = names[wanted]

    def parse(record: Record) -> Parsed:
        instruction = content_of(field_of(record, names["instruction"]), names["instruction"])
        extra = record.get(names.get("input", "input")) or record.get(names.get("context", "context"))
        if isinstance(extra, str):
            extra = extra.strip() and extra
        turns: list[Message] = []
        if system := record.get(names.get("system", "system")):
            turns.append(Message(role="system", content=content_of(system, "system")))
        for past in record.get(names.get("history", "history")) or ():
            if not isinstance(past, list) or len(past) != 2:
                raise MalformedError("`history` is not a list of [instruction, answer] pairs")
            turns.append(Message(role="user", content=content_of(past[0], "history")))
            turns.append(Message(role="assistant", content=content_of(past[1], "history")))
        text = f"{instruction}\n\n{content_of(extra, 'input')}" if extra else instruction
        turns.append(Message(role="user", content=text))
        return tuple(turns), content_of(field_of(record, output), output)

    return Shape(name=f"Alpaca instruction/input/{output}", parse=parse)


def _with_context(names: Names) -> Shape:
    """A question about a text, such as SQuAD's, whose `answers` are an object with a list of texts."""
    output = names.get("answers", names.get("answer", ""))

    def parse(record: Record) -> Parsed:
        context = content_of(field_of(record, names["context"]), names["context"])
        question = content_of(field_of(record, names["question"]), names["question"])
        answer = field_of(record, output)
        if isinstance(answer, dict) and isinstance(answer.get("text"), list):
            if not answer["text"]:
                raise MalformedError(f"`{output}` is empty: the question has no answer")
            answer = answer["text"][0]
        return (Message(role="user", content=f"{context}\n\n{question}"),), content_of(answer, output)

    return Shape(name=f"context/question/{output}", parse=parse)


def _chat(field: str, said: str) -> Shape:
    def parse(record: Record) -> Parsed:
        turns = field_of(record, field)
        if isinstance(turns, str) and turns.lstrip().startswith("["):
            turns = _turns_in_text(turns, field)
        if not isinstance(turns, list):
            raise MalformedError(f"`{field}` is not a list of turns")
        return chat_of(record, turns)

    return Shape(name=said, parse=parse)


def _turns_in_text(text: str, field: str) -> Any:
    """Turns as JSON text, which is how a table holds them."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        raise MalformedError(f"`{field}` is text that cannot be read as a JSON list of turns") from None
