"""JSON read leniently out of a response."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from wrapper.evaluation.graders.json_leaves import comparable
from wrapper.evaluation.graders.text import FENCE, unfenced, without_thinking

_DEEPEST = 100  # brackets; a model caught in a loop opens thousands
_OPENING = re.compile(r"[{\[]")
_NEXT_EXAMPLE = re.compile(
    r"<\||\n[ \t]*[#*]*[ \t]*(?:input|user|human|question|query|q|text|example|instruction|prompt|passage|document"
    r"|message|e-?mail|sentence|eingabe|frage|aufgabe)\b[^\n:]{0,20}:",
    re.IGNORECASE,
)
_NO_JSON = "holds no JSON that can be read"


class SeveralValues(ValueError):
    """Values that contradict each other, none of them marked as the answer."""


def refuse_constant(constant: str) -> Any:
    """For `parse_constant`: NaN and Infinity are no JSON."""
    raise ValueError(f"{constant} is not JSON")


DECODER = json.JSONDecoder(parse_constant=refuse_constant, strict=False)


def too_deep(text: str) -> bool:
    """More brackets open at once than are read, near enough: those inside strings count too."""
    steps = (1 if char in "{[" else -1 for char in text if char in "{[]}")
    return max(accumulate(steps), default=0) > _DEEPEST


def read_json(text: str, opening: str = "{") -> Any:
    """The JSON value in the text that starts with `opening`, or that holds one as a list holds objects.

    Where values differ, the last counts if words lead to the first and to it (`the schema {...} gives {...}`).
    An empty value in the middle of the text counts only where there is no other, and nothing counts after the
    input of a next example. Raises ValueError without a value, SeveralValues where they contradict each other;
    both read on after `the response`.
    """
    found = _found(_first_example(_readable(text)), dict if opening == "{" else list)
    if not found:
        raise ValueError(_NO_JSON)
    told = [one for one in found if one.value or one.opens] or found[:1]
    first, last = told[0], told[-1]
    alike = len({comparable(one.value) for one in told}) == 1
    if not alike and not (first.is_led_to and last.is_led_to):
        raise SeveralValues("holds several JSON values that differ")
    return last.value


def read_any_json(text: str) -> Any:
    """The response as one JSON value of any kind, or the object or list in it; raises as `read_json`."""
    bare = _readable(text)
    for part in (unfenced(bare), bare):
        try:
            value, end = DECODER.raw_decode(part)
        except ValueError:
            continue
        if not part[end:].strip():
            return value
    for opening in sorted((one for one in "{[" if one in bare), key=bare.find):
        try:
            return read_json(text, opening)
        except SeveralValues:
            raise
        except ValueError:
            continue
    raise ValueError(_NO_JSON)


def _readable(text: str) -> str:
    bare = without_thinking(text)
    if too_deep(bare):
        raise ValueError(_NO_JSON)
    return bare


@dataclass(frozen=True, kw_only=True)
class _Found:
    """`opens`: nothing stands before it in text or fence; `is_led_to`: words stand between it and what is before."""

    value: Any
    start: int
    end: int
    opens: bool
    is_led_to: bool


def _found(text: str, kind: type) -> list[_Found]:
    """The values in the code fences, or those in the text where there are none."""
    found: list[_Found] = []
    end = 0
    for fence in FENCE.finditer(text):
        inside = list(_values(fence[1].strip(), kind, text[end : fence.start()]))
        found += inside
        end = fence.end() if inside else end
    return found or list(_values(text, kind))


def _values(text: str, kind: type, lead: str = "") -> Iterator[_Found]:
    """Of one kind, or holding such; `lead` is what stands before the text."""
    done = 0
    opening = _OPENING.search(text)
    while opening:
        start = opening.start()
        try:
            value, end = DECODER.raw_decode(text, start)
        except ValueError:
            end = start + 1
        else:
            if _holds(value, kind):
                before = lead + text[done:start]
                yield _Found(
                    value=value, start=start, end=end, opens=start == 0, is_led_to=any(map(str.isalnum, before))
                )
                lead, done = "", end
        opening = _OPENING.search(text, end)


def _holds(value: Any, kind: type) -> bool:
    if isinstance(value, kind):
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_holds(one, kind) for one in inner)


def _first_example(text: str) -> str:
    """Up to where a model that has answered goes on with the next example."""
    first = next(_values(text, object), None)
    following = _NEXT_EXAMPLE.search(text, first.end) if first else None
    return text[: following.start()] if following else text
