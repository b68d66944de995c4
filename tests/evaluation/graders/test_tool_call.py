"""Calls of tools in the forms that models and APIs write them in."""

from __future__ import annotations

import json

import pytest

from wrapper.evaluation.graders import get_grader
from wrapper.evaluation.graders.tool_call import read_calls

GRADER = get_grader("tool_call")
GOLD = '{"name": "book", "arguments": {"city": "Rome", "seats": 2}}'
TWO = '[{"name": "a", "arguments": {"x": 1}}, {"name": "b", "arguments": {}}]'


@pytest.mark.parametrize(
    ("response", "gold", "score"),
    [
        (GOLD, GOLD, 1),
        ('{"arguments": {"seats": 2.0, "city": " Rome"}, "name": "book"}', GOLD, 1),
        ('{"name": "book", "arguments": "{\\"city\\": \\"Rome\\", \\"seats\\": 2}"}', GOLD, 1),
        ('{"name": "book", "parameters": {"city": "Rome", "seats": 2}}', GOLD, 1),
        (f'{{"type": "function", "id": "1", "function": {GOLD}}}', GOLD, 1),
        (
            f'{{"role": "assistant", "content": null, "tool_calls": [{{"type": "function", "function": {GOLD}}}]}}',
            GOLD,
            1,
        ),
        (f"<tool_call>\n{GOLD}\n</tool_call>", GOLD, 1),
        (f"<tool_call>{GOLD}", GOLD, 1),
        (f"[TOOL_CALLS] [{GOLD}]", GOLD, 1),
        (f"I see [1] and {{this}}. ```json\n{GOLD}\n```", GOLD, 1),
        (f'<think>{{"name": "no", "arguments": {{}}}}</think>{GOLD}', GOLD, 1),
        (f"{GOLD}\n\nUser: again\n{TWO}", GOLD, 1),
        (f"[{GOLD}]", GOLD, 1),
        (f"{GOLD}\n{GOLD}", GOLD, 0),
        ('{"name": "book", "arguments": {"city": "Oslo", "seats": 2}}', GOLD, 0),
        ('{"name": "book", "arguments": {"city": "Rome", "seats": "2"}}', GOLD, 0),
        ('{"name": "book", "arguments": {"city": "Rome"}}', GOLD, 0),
        ('{"name": "hold", "arguments": {"city": "Rome", "seats": 2}}', GOLD, 0),
        ('{"name": "book", "arguments": "{\\"city\\": "}', GOLD, 0),
        ("book(city='Rome', seats=2)", GOLD, 0),
        ("", GOLD, 0),
        ('[{"name": "b"}, {"name": "a", "arguments": {"x": 1}}]', TWO, 1),
        ('{"name": "b", "arguments": ""}\n{"name": "a", "arguments": {"x": 1}}', TWO, 1),
        ('<tool_call>{"name": "b"}</tool_call><tool_call>{"name": "a", "arguments": {"x": 1}}</tool_call>', TWO, 1),
        ('<tool_call>{"name": "b"}</tool_call><tool_call>{"name": </tool_call>', '{"name": "b"}', 0),
        ('[{"name": "a", "arguments": {}}, {"name": "b", "arguments": {"x": 1}}]', TWO, 0),
        ('{"name": "Paris", "country": "France"}', '{"name": "Paris", "arguments": {}}', 0),
        ("[" * 50_000 + GOLD, GOLD, 0),
        ("{" * 90 + GOLD, GOLD, 1),
        ('{"a": [}' * 12_000 + GOLD, GOLD, 0),
        (GOLD, "no call", None),
        (GOLD, "[]", None),
        (GOLD, '{"city": "Rome"}', None),
        ('{"name": "f", "arguments": {"x": "\\ud83d"}}', GOLD, 0),
    ],
)
def test_calls(response: str, gold: str, score: float | None) -> None:
    assert GRADER.grade(response, gold).score == score


@pytest.mark.parametrize(
    ("response", "parts", "told"),
    [
        ('{"name": "hold", "arguments": {"city": "Rome", "seats": 2}}', (0, 1), "calls `hold`, not `book`"),
        ('{"name": "book", "arguments": {"city": "Rome"}}', (1, 0), "other arguments than the gold call"),
        (f"[{GOLD}, {GOLD}]", (2 / 3, 2 / 3), "2 calls, not 1"),
        ("none", (0, 0), "holds no tool call that can be read"),
        (GOLD, (1, 1), ""),
    ],
)
def test_parts_say_what_went_wrong(response: str, parts: tuple[float, float], told: str) -> None:
    grade = GRADER.grade(response, GOLD)
    assert grade.parts == {"name": pytest.approx(parts[0]), "arguments": pytest.approx(parts[1])}
    assert grade.explanation == told


def test_order_of_calls_makes_no_other_answer() -> None:
    one, other = (GRADER.grade(json.dumps(calls), TWO) for calls in (json.loads(TWO), json.loads(TWO)[::-1]))
    assert one.answer == other.answer
    assert [call.name for call in read_calls(TWO)] == ["a", "b"]
