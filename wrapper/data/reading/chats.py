"""Chats as lists of turns: roles under their many names, in the one order that can be trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wrapper.data.reading.contents import MalformedError, content_of
from wrapper.data.reading.tool_calls import call_text, calls_of, definitions_of, with_definitions
from wrapper.data.rows import Message

Parsed = tuple[tuple[Message, ...], str]

_CALL = "call"  # an assistant's turn that calls tools
_ROLES = {
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("user", "human", "prompter"), "user"),
    **dict.fromkeys(("assistant", "gpt", "bot", "model", "chatgpt"), "assistant"),
    **dict.fromkeys(("tool", "function", "observation", "tool_response", "ipython"), "tool"),
    **dict.fromkeys(("function_call", "tool_call"), _CALL),
}
_MAY_FOLLOW: Mapping[str, tuple[str, ...]] = {
    "system": ("",),
    "user": ("", "system", "assistant", _CALL),
    "assistant": ("user", "tool"),
    _CALL: ("user", "tool"),
    "tool": (_CALL, "tool"),
}


def chat_of(record: dict[str, Any], turns: Sequence[object]) -> Parsed:
    """The turns of a record, its own `system` prompt before them and its `tools` with that."""
    messages = []
    if system := record.get("system"):
        messages.append(Message(role="system", content=content_of(system, "system")))
    definitions = definitions_of(record)
    _add_turns(messages, turns)
    if not messages or messages[-1].role != "assistant":
        raise MalformedError("the last turn is not the assistant's, so there is no answer to learn")
    answer = messages.pop().content
    return tuple(with_definitions(messages, definitions)), answer


def answer_turn(content: object, *, like: dict[str, Any]) -> dict[str, Any]:
    """A turn of the assistant, with the keys of another turn."""
    role_key, content_key = _keys_of(like)
    return {role_key: "assistant", content_key: content}


def _keys_of(turn: object) -> tuple[str, str]:
    keys = turn if isinstance(turn, dict) else {}
    return (
        "from" if "from" in keys and "role" not in keys else "role",
        "value" if "value" in keys and "content" not in keys else "content",
    )


def _add_turns(messages: list[Message], turns: Sequence[object]) -> None:
    """Add the turns, whose keys are `from` and `value` or `role` and `content`, as the first of them has it."""
    role_key, content_key = _keys_of(turns[0] if turns else None)
    previous = messages[0].role if messages else ""
    for number, turn in enumerate(turns, start=1):
        if not isinstance(turn, dict):
            raise MalformedError(f"turn {number} is not an object with `{role_key}` and `{content_key}`")
        said = turn.get(role_key)
        role = _ROLES.get(said) if type(said) is str else None
        if role is None:
            role = _odd_role(said, number, role_key)
        if role == "assistant" and (turn.get("tool_calls") or turn.get("function_call")):
            role = _CALL
        if previous not in _MAY_FOLLOW[role]:
            raise _out_of_order(number, role, previous)
        try:
            if role == _CALL:
                messages.append(Message(role="assistant", content=_call_of(turn, content_key)))
            else:
                content = turn.get(content_key)
                if role != "tool":  # which may return any value
                    _demand_text(content, content_key)
                messages.append(Message(role=role, content=content_of(content, content_key)))
        except MalformedError as fault:
            raise MalformedError(f"turn {number}: {fault}") from None
        previous = role


def _demand_text(content: object, name: str) -> None:
    """Raise for what is neither text nor typed parts: a number or an object is no turn that somebody said."""
    if type(content) is str or content is None or isinstance(content, list):
        return
    kinds = {bool: "true or false", int: "a number", float: "a number", dict: "an object"}
    raise MalformedError(f"`{name}` is {kinds.get(type(content), 'no text')}, not text")


def _odd_role(said: object, number: int, role_key: str) -> str:
    """A role in other letters; raises where it is none that is known."""
    role = _ROLES.get(said.strip().lower()) if isinstance(said, str) else None
    if role is None:
        shown = "no" if said is None else "an unknown"
        named = "" if said is None else f", `{str(said)[:40]}`"
        raise MalformedError(f"turn {number} has {shown} `{role_key}`{named}; known are system, user, assistant, tool")
    return role


def _call_of(turn: dict[str, Any], content_key: str) -> str:
    """The calls of a turn: its content, or below what it says beside them."""
    content, calls = turn.get(content_key), calls_of(turn)
    if not calls:
        return call_text(content_of(content, content_key))
    if content is None or content == [] or (isinstance(content, str) and not content.strip()):
        return calls
    return f"{content_of(content, content_key)}\n{calls}"


def _out_of_order(number: int, role: str, previous: str) -> MalformedError:
    if role == "system":
        return MalformedError(f"turn {number} is a system turn; only the first turn may be")
    turn = "a call of a tool" if role == _CALL else f"a turn of the {role}"
    if role == "tool":
        return MalformedError(f"turn {number} is {turn}, and no call of a tool stands before it")
    if previous in ("", "system"):
        return MalformedError(f"turn {number} is {turn}, and no user turn stands before it")
    after = "a call of a tool" if previous == _CALL else f"one of the {previous}"
    return MalformedError(f"turn {number} is {turn} after {after}; user and assistant have to alternate")
