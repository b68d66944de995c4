"""Calls of tools: which, and with what arguments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from wrapper.evaluation.graders.grade import Grade
from wrapper.evaluation.graders.json_leaves import comparable
from wrapper.evaluation.graders.protocol import ungradable
from wrapper.evaluation.graders.tool_call_forms import Call, read_calls


@dataclass(frozen=True, kw_only=True)
class ToolCallMatch:
    """1 where the response makes the same calls as the gold answer, in any order.

    `parts` tells what went wrong: `name` is the share of calls to the right tools (F1), `arguments` that of
    arguments that are right, whatever tool they are given to.
    """

    name: str = "tool_call"
    binary: bool = True

    def grade(self, response: str, gold: str) -> Grade:
        wanted = [call.typed() for call in read_calls(gold)]
        if not wanted:
            return ungradable("the gold answer holds no tool call")
        got = [call.typed(wanted) for call in read_calls(response)]
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
