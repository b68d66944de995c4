"""Calls of tools in the forms that models and APIs write them in."""

from __future__ import annotations

import json

import pytest

from wrapper.evaluation.graders import get_grader
from wrapper.evaluation.graders.tool_call_forms import read_calls

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


FUNCTION = "<function=book>\n<parameter=city>\nRome\n</parameter>\n<parameter=seats>\n2\n</parameter>\n</function>"
KIMI = (
    "<|tool_calls_section_begin|><|tool_call_begin|>functions.book:0<|tool_call_argument_begin|>"
    '{"city": "Rome", "seats": 2}<|tool_call_end|><|tool_calls_section_end|>'
)


@pytest.mark.parametrize(
    "response",
    [
        "book(city='Rome', seats=2)",
        '[book(city="Rome", seats=2)]',
        "<|python_tag|>book(city='Rome', seats=2)<|eom_id|>",
        "```python\nbook(city='Rome', seats=2)\n```",
        "I book it:\nbook(city='Rome', seats=2)\nand that is it.",
        "Now:\n\n[\n  book(\n    city='Rome',\n    seats=2,\n  )\n]",
        "<tool_call>book(city='Rome', seats=2)</tool_call>",
        '<function=book>{"city": "Rome", "seats": 2}</function>',
        FUNCTION,
        f"<tool_call>\n{FUNCTION}\n</tool_call>",
        '{"type": "tool_use", "id": "x", "name": "book", "input": {"city": "Rome", "seats": 2}}',
        '{"content": [{"type": "text", "text": "ok"}, {"type": "tool_use", "name": "book",'
        ' "input": {"city": "Rome", "seats": 2}}]}',
        KIMI,
        '[TOOL_CALLS]book{"city": "Rome", "seats": 2}',
        '[TOOL_CALLS]book[ARGS]{"city": "Rome", "seats": 2}</s>',
        f"[TOOL_CALLS][{GOLD}]",
        'book{"city": "Rome", "seats": 2}',
        'functions.book:0 {"city": "Rome", "seats": 2}',
    ],
)
def test_forms_of_open_models(response: str) -> None:
    assert GRADER.grade(response, GOLD).score == 1
    assert GRADER.grade(GOLD, response).score == 1
    assert GRADER.grade(response.replace("Rome", "Oslo"), GOLD).score == 0
    assert GRADER.grade(response.replace("book", "hold"), GOLD).score == 0


@pytest.mark.parametrize(
    "response",
    [
        "[b(), a(x=1)]",
        "b()\na(x=1)",
        '[TOOL_CALLS]b{}[TOOL_CALLS]a{"x": 1}',
        '<function=b></function>\n<function=a>{"x": 1}</function>',
        '[TOOL_CALLS]b[CALL_ID]x1[ARGS]{}[TOOL_CALLS]a[CALL_ID]x2[ARGS]{"x": 1}',
        KIMI[:28]
        + "<|tool_call_begin|>functions.a:0<|tool_call_argument_begin|>{\"x\": 1}<|tool_call_end|>"
        + "<|tool_call_begin|>functions.b:1<|tool_call_argument_begin|>{}<|tool_call_end|>",
    ],
)
def test_several_calls_in_forms_of_open_models(response: str) -> None:
    assert GRADER.grade(response, TWO).score == 1


@pytest.mark.parametrize(
    ("response", "arguments"),
    [
        ("f(x=true, y=[None, (1, -2)], z={'a': 1.5})", {"x": True, "y": [None, [1, -2]], "z": {"a": 1.5}}),
        ("weather.get(x='a, b')", {"x": "a, b"}),
        (r"f(x='\d')", {"x": r"\d"}),
        ("<function=f><parameter=x>true</parameter><parameter=y>{'a': None}</parameter></function>",
         {"x": True, "y": {"a": None}}),
        ("f(x={'name': 'g', 'arguments': {}})", {"x": {"name": "g", "arguments": {}}}),
    ],
)  # fmt: skip
def test_arguments_are_the_values_they_are(response: str, arguments: object) -> None:
    (call,) = read_calls(response)
    assert call.typed().arguments == arguments


@pytest.mark.parametrize(
    "response",
    [
        "f(1)", "f(x=g())", "f(**{'x': 1})", "f(x=y)", "f(x={1, 2})", "f(x=b'1')", "f(x=1j)", "f(x=1", "import f()",
        "x = f(x=1)", "f(x=1) and g(y=2)", "f()(x=1)", "f(x=1e999)", "(" * 50_000, "f(x=" + "-" * 15_000 + "1)",
        "f(x=" + "(" * 1_000 + ")" * 1_000 + ")", "f(x=0x" + "f" * 10_000 + ")", "<function=f>{</function>",
        "[TOOL_CALLS]f{", "Paris {x}", "f(x='\0')", "lambda: 1", "f(x=__import__('os').system('true'))",
    ],
)  # fmt: skip
def test_what_is_no_call(response: str) -> None:
    assert read_calls(response) == []


def test_texts_without_types_take_those_of_the_gold_call() -> None:
    response = "<function=f><parameter=x>1</parameter></function>"
    for gold, score in (({"x": "1"}, 1), ({"x": 1}, 1), ({"x": 2}, 0), ({"x": "one"}, 0), ({"x": True}, 0)):
        assert GRADER.grade(response, json.dumps({"name": "f", "arguments": gold})).score == score


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
