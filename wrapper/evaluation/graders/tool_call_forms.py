"""Calls of tools in the spellings that models and APIs write them in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from wrapper.evaluation.graders.json_leaves import as_json
from wrapper.evaluation.graders.json_values import DECODER, refuse_constant, too_deep
from wrapper.evaluation.graders.python_calls import literal, python_calls
from wrapper.evaluation.graders.text import unfenced, without_thinking

_TAGGED = re.compile(r"<tool_call>(.*?)(?:</tool_call>|(?=<tool_call>)|\Z)", re.DOTALL)
_FUNCTION = re.compile(r"<function=([^<>\s]+)>(.*?)(?:</function>|(?=<function=)|\Z)", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=([^<>\s]+)>(.*?)(?:</parameter>|(?=<parameter=)|\Z)", re.DOTALL)
_KIMI = re.compile(
    r"<\|tool_call_begin\|>([^<]*)<\|tool_call_argument_begin\|>(.*?)(?:<\|tool_call_end\|>|\Z)", re.DOTALL
)
_MISTRAL = re.compile(r"\[TOOL_CALLS\]\s*([\w.-]+)\s*(?:\[CALL_ID\][\w-]*\s*)?(?:\[ARGS\]\s*)?(?=\{)")
_NAMED = re.compile(r"([\w.-]+(?::\d+)?)\s*(?=\{)")
_KIMI_NAME = re.compile(r"(?:functions\.)?(.+?)(?::\d+)?")
_OPENING = re.compile(r"[{\[]")
_GAP = re.compile(r"[ \t\r\n,;]*")  # between calls of one answer; anything else opens the next example
_BESIDE_NAME = frozenset(("name", "id", "type", "index", "call_id", "status"))


@dataclass(frozen=True, kw_only=True)
class Call:
    """`arguments` as the values that they are, {} where there are none; as texts in a form that has no types."""

    name: str
    arguments: Any
    is_untyped: bool = False

    @property
    def text(self) -> str:
        return as_json({"name": self.name, "arguments": self.arguments})

    def typed(self, models: Sequence[Call] = ()) -> Call:
        """With untyped arguments read as values, but for those that are strings in a model call."""
        if not self.is_untyped:
            return self
        alike = [call.arguments for call in models if call.name == self.name and isinstance(call.arguments, dict)]
        arguments = {
            key: text if any(isinstance(one.get(key), str) for one in alike) else _value(text)
            for key, text in self.arguments.items()
        }
        return Call(name=self.name, arguments=arguments)


def read_calls(text: str) -> list[Call]:
    """The calls of an answer, in order; none where it makes none that can be read.

    Forms, alone or several one after the other:
    - `{"name": ..., "arguments": {...}}` with arguments as an object or as JSON text (or `parameters`), the same within
      `{"type": "function", "function": ...}` or `{"tool_calls": [...]}`, `{"type": "tool_use", "input": ...}`,
      a list of these;
    - `f(x=1)` and `[f(x=1), g()]`, with literals as arguments, on lines of their own;
    - `<function=f>{...}</function>`, and with `<parameter=x>1</parameter>`;
    - `[TOOL_CALLS]f{...}`, and Kimi's `<|tool_call_begin|>functions.f:0<|tool_call_argument_begin|>{...}`;
    - all of them within `<tool_call>` tags too, where text outside of the tags does not count.
    """
    bare = without_thinking(text)
    if too_deep(bare):
        return []
    for form in (_kimi, _tagged, _functions, _mistral):
        found = form(bare)
        if found is not None:
            return found
    inside = unfenced(bare)
    return _unmarked(inside) or (_unmarked(bare) if inside != bare else [])


def _unmarked(text: str) -> list[Call]:
    return [Call(name=name, arguments=given) for name, given in python_calls(text)] or _json_calls(text) or _named(text)


def _all_or_none(calls: Sequence[Call | None]) -> list[Call] | None:
    """None where there are none at all, nothing where one of them cannot be read."""
    known = [call for call in calls if call is not None]
    return (known if len(known) == len(calls) else []) if calls else None


def _kimi(text: str) -> list[Call] | None:
    return _all_or_none([_from_text(_kimi_name(name), arguments) for name, arguments in _KIMI.findall(text)])


def _kimi_name(name: str) -> str:
    found = _KIMI_NAME.fullmatch(name.strip())
    return found[1] if found else ""


def _tagged(text: str) -> list[Call] | None:
    blocks = [_functions(block) or _unmarked(block.strip()) for block in _TAGGED.findall(text)]
    if not blocks:
        return None
    return [call for calls in blocks for call in calls] if all(blocks) else []


def _functions(text: str) -> list[Call] | None:
    return _all_or_none([_function(name, body) for name, body in _FUNCTION.findall(text)])


def _function(name: str, body: str) -> Call | None:
    parameters = _PARAMETER.findall(body)
    if not parameters:
        return _from_text(name, body)
    return Call(name=name, arguments={key: _without_ends(text) for key, text in parameters}, is_untyped=True)


def _without_ends(text: str) -> str:
    """Without the line end after the opening tag and before the closing one."""
    return text.removeprefix("\n").removesuffix("\n")


def _value(text: str) -> Any:
    for read in (_json_value, literal):
        try:
            return read(text.strip())
        except ValueError:
            continue
    return text


def _json_value(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _from_text(name: str, arguments: str) -> Call | None:
    """A call whose arguments are an object in JSON, or nothing."""
    try:
        given = _json_value(arguments) if arguments.strip() else {}
    except ValueError:
        return None
    return Call(name=name.strip(), arguments=given) if name.strip() and isinstance(given, dict) else None


def _mistral(text: str) -> list[Call] | None:
    first = _MISTRAL.search(text)
    return _named_calls(text, first.start(), _MISTRAL.match) if first else None


def _named(text: str) -> list[Call]:
    """`f{...}`, which is what is left of several forms without their special tokens."""
    return _named_calls(text, 0, _NAMED.match)


def _named_calls(text: str, start: int, match: Callable[[str, int], re.Match[str] | None]) -> list[Call]:
    """Names, each followed by an object, from `start` on."""
    calls = []
    while found := match(text, start):
        try:
            arguments, end = DECODER.raw_decode(text, found.end())
        except ValueError:
            return []
        calls.append(Call(name=_kimi_name(found[1]), arguments=arguments))
        start = _past_gap(text, end)
    return calls


def _past_gap(text: str, start: int) -> int:
    gap = _GAP.match(text, start)
    return gap.end() if gap else start


def _json_calls(text: str) -> list[Call]:
    """The first call in a text and those that follow at once."""
    calls: list[Call] = []
    end, opening = 0, _OPENING.search(text)
    while opening:
        start = opening.start()
        if calls and _past_gap(text, end) != start:
            break
        try:
            value, stop = DECODER.raw_decode(text, start)
            found = _as_calls(value)
        except ValueError:
            found, stop = [], start + 1
        if calls and not found:
            break
        if found:
            calls, end = [*calls, *found], stop
        opening = _OPENING.search(text, stop)
    return calls


def _as_calls(value: Any) -> list[Call]:
    """Nothing where a part of the value is no call, talk beside the calls apart."""
    if isinstance(value, dict):
        value = next((value[key] for key in ("tool_calls", "content") if isinstance(value.get(key), list)), value)
    parts = value if isinstance(value, list) else [value]
    return _all_or_none([_as_call(one) for one in parts if not _is_talk(one)]) or []


def _is_talk(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") in ("text", "thinking") and "name" not in value


def _as_call(value: Any) -> Call | None:
    inner = value.get("function", value) if isinstance(value, dict) else None
    if not isinstance(inner, dict) or not isinstance(inner.get("name"), str) or not inner["name"].strip():
        return None
    keys = ("input",) if inner.get("type") == "tool_use" else ("arguments", "parameters")
    key = next((key for key in keys if key in inner), "")
    if not key and not inner.keys() <= _BESIDE_NAME:  # {"name": "Paris", "country": "France"} calls nothing
        return None
    arguments = inner.get(key)
    if isinstance(arguments, str) and arguments.strip():
        try:
            arguments = _json_value(arguments)
        except ValueError:
            return None
    return Call(name=inner["name"].strip(), arguments={} if arguments in (None, "") else arguments)
