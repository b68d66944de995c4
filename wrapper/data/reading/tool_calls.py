"""Definitions and calls of tools, as text that every backend and chat template can train on.

Templates disagree about tools, and many know none. So nothing of them is left to the template: the definitions
become part of the system turn, under the line `Tools, as JSON:`; a call becomes an assistant turn of compact JSON,
`{"name":...,"arguments":{...}}` or a list of those, below what the assistant says beside it; what a tool
answers is a turn of the role `tool`. A call can be the gold answer, and is compared as the JSON that it is.
"""

from __future__ import annotations

from typing import Any

import msgspec

from wrapper.data.reading.contents import MalformedError, as_text
from wrapper.data.rows import Message

_DEFINITIONS = ("tools", "functions")


def definitions_of(record: dict[str, Any]) -> str:
    """What is said of a record's tools in its system turn; empty where it defines none."""
    given = next((record[name] for name in _DEFINITIONS if record.get(name)), None)
    if isinstance(given, str):
        given = _parsed(given, "`tools`") if given.strip() else None
    if not given:
        return ""
    if not isinstance(given, list | dict):
        raise MalformedError("`tools` is not a list of definitions")
    return f"Tools, as JSON:\n{as_text(given)}"


def with_definitions(messages: list[Message], definitions: str) -> list[Message]:
    """The turns with the definitions at the end of their system turn."""
    if not definitions:
        return messages
    if messages and messages[0].role == "system":
        return [Message(role="system", content=f"{messages[0].content}\n\n{definitions}"), *messages[1:]]
    return [Message(role="system", content=definitions), *messages]


def calls_of(turn: dict[str, Any]) -> str:
    """The calls that an assistant turn makes beside its content; empty where it makes none."""
    calls = turn.get("tool_calls")
    if calls:
        return call_text(calls)
    call = turn.get("function_call")
    return call_text(call) if call else ""


def call_text(given: object) -> str:
    """One call or several, given as values or as JSON text, in the one form that is trained on."""
    calls = _parsed(given, "the call") if isinstance(given, str) else given
    if not isinstance(calls, list):
        return as_text(_call(calls))
    if not calls:
        raise MalformedError("a list of calls is empty")
    return as_text(_call(calls[0]) if len(calls) == 1 else [_call(call) for call in calls])


def _call(given: object) -> dict[str, Any]:
    inner = given.get("function", given) if isinstance(given, dict) else given
    if not isinstance(inner, dict) or not isinstance(inner.get("name"), str) or not inner["name"].strip():
        raise MalformedError("a call of a tool is not an object with a `name`")
    arguments = inner.get("arguments")
    if isinstance(arguments, str):
        arguments = _parsed(arguments, f"the arguments of `{inner['name']}`") if arguments.strip() else None
    return {"name": inner["name"], "arguments": {} if arguments is None else arguments}


def _parsed(text: str, what: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        raise MalformedError(f"{what} cannot be read as JSON") from None
