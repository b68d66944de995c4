"""Calls of tools: which, and with what arguments."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from wrapper.evaluation.graders.grade import Grade
from wrapper.evaluation.graders.json_values import DECODER, as_json, comparable, refuse_constant, too_deep
from wrapper.evaluation.graders.protocol import ungradable
from wrapper.evaluation.graders.text import unfenced, without_thinking

_TAGGED = re.compile(r"<tool_call>(.*?)(?:</tool_call>|(?=<tool_call>)|\Z)", re.DOTALL)
_OPENING = re.compile(r"[{\[]")
_BETWEEN = " \t\r\n,;"  # between calls of one answer; after anything else a model goes on with the next example
_BESIDE_NAME = frozenset(("name", "id", "type", "index", "call_id", "status"))


@dataclass(frozen=True, kw_only=True)
class Call:
    """`arguments` as the values that they are, {} where there are none."""

    name: str
    arguments: Any

    @property
    def text(self) -> str:
        return as_json({"name": self.name, "arguments": self.arguments})


def read_calls(text: str) -> list[Call]:
    """The calls of an answer, in order; none where it makes none that can be read.

    Forms: `{"name": ..., "arguments": {...}}` with arguments as an object or as JSON text (or `parameters`), the
    same within `{"type": "function", "function": ...}` or `{"tool_calls": [...]}`, a list of these, or several
    one after the other; all of them within `<tool_call>` tags too, where text outside of the tags does not count.
    """
    bare = without_thinking(text)
    if too_deep(bare):
        return []
    tagged = [_calls_in(block) for block in _TAGGED.findall(bare)]
    if tagged:
        return [call for calls in tagged for call in calls] if all(tagged) else []
    return _calls_in(unfenced(bare)) or _calls_in(bare)


def _calls_in(text: str) -> list[Call]:
    """The first call in a text and those that follow at once."""
    calls: list[Call] = []
    end, opening = 0, _OPENING.search(text)
    while opening:
        start = opening.start()
        if calls and text[end:start].strip(_BETWEEN):
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
    """Nothing where a part of the value is no call."""
    if isinstance(value, dict) and isinstance(value.get("tool_calls"), list):
        value = value["tool_calls"]
    calls = [_as_call(one) for one in (value if isinstance(value, list) else [value])]
    known = [call for call in calls if call is not None]
    return known if len(known) == len(calls) else []


def _as_call(value: Any) -> Call | None:
    inner = value.get("function", value) if isinstance(value, dict) else None
    if not isinstance(inner, dict) or not isinstance(inner.get("name"), str) or not inner["name"].strip():
        return None
    key = next((key for key in ("arguments", "parameters") if key in inner), "")
    if not key and not inner.keys() <= _BESIDE_NAME:  # {"name": "Paris", "country": "France"} calls nothing
        return None
    arguments = inner.get(key)
    if isinstance(arguments, str) and arguments.strip():
        try:
            arguments = json.loads(arguments, parse_constant=refuse_constant)
        except (ValueError, RecursionError):
            return None
    return Call(name=inner["name"].strip(), arguments={} if arguments in (None, "") else arguments)


@dataclass(frozen=True, kw_only=True)
class ToolCallMatch:
    """1 where the response makes the same calls as the gold answer, in any order.

    `parts` tells what went wrong: `name` is the share of calls to the right tools (F1), `arguments` that of
    arguments that are right, whatever tool they are given to.
    """

    name: str = "tool_call"
    binary: bool = True

    def grade(self, response: str, gold: str) -> Grade:
        wanted = read_calls(gold)
        if not wanted:
            return ungradable("the gold answer holds no tool call")
        got = read_calls(response)
        names = _overlap((call.name for call in got), (call.name for call in wanted))
        arguments = _overlap(_arguments(got), _arguments(wanted))
        same = Counter(_both(got)) == Counter(_both(wanted))
        return Grade(
            score=float(same),
            answer=", ".join(sorted(call.text for call in got)),
            explanation="" if same else _told(got, wanted, names),
            parts={"name": names, "arguments": arguments},
        )


def _arguments(calls: Sequence[Call]) -> list[Hashable]:
    return [comparable(call.arguments) for call in calls]


def _both(calls: Sequence[Call]) -> list[Hashable]:
    return [(call.name, comparable(call.arguments)) for call in calls]


def _overlap(got: Iterable[Hashable], wanted: Iterable[Hashable]) -> float:
    """F1 of two bags."""
    ours, theirs = Counter(got), Counter(wanted)
    return 2 * (ours & theirs).total() / (ours.total() + theirs.total())


def _told(got: Sequence[Call], wanted: Sequence[Call], names: float) -> str:
    if not got:
        return "holds no tool call that can be read"
    if len(got) != len(wanted):
        return f"{len(got)} calls, not {len(wanted)}"
    if names < 1:
        return f"calls {_names(got)}, not {_names(wanted)}"
    return "other arguments than the gold call" + ("s" if len(wanted) > 1 else "")


def _names(calls: Sequence[Call]) -> str:
    return ", ".join(f"`{name}`" for name in sorted({call.name for call in calls}))
