"""Tools and calls of them end as text, whichever way the row wrote them."""

from __future__ import annotations

import msgspec
import pytest

from wrapper.data.reading import read_rows
from wrapper.data.reading.contents import MalformedError
from wrapper.data.reading.tool_calls import call_text

CALL = {"id": "1", "type": "function", "function": {"name": "find", "arguments": '{"city": "Oslo"}'}}
CALLED = '{"name":"find","arguments":{"city":"Oslo"}}'
TOOLS = [{"name": "find", "parameters": {}}]


def rows(folder, record):
    path = folder / "rows.jsonl"
    path.write_bytes(msgspec.json.encode(record))
    return read_rows(path).rows


def test_share_gpt_calls_and_observations(tmp_path) -> None:
    record = {
        "conversations": [
            {"from": "human", "value": "Oslo?"},
            {"from": "function_call", "value": '{"name": "find", "arguments": {"city": "Oslo"}}'},
            {"from": "observation", "value": '{"km": 3}'},
            {"from": "gpt", "value": "3 km"},
        ],
        "system": "Be brief.",
        "tools": '[{"name": "find", "parameters": {}}]',
    }
    (row,) = rows(tmp_path, record)
    assert [(turn.role, turn.content) for turn in row.messages] == [
        ("system", 'Be brief.\n\nTools, as JSON:\n[{"name":"find","parameters":{}}]'),
        ("user", "Oslo?"),
        ("assistant", CALLED),
        ("tool", '{"km": 3}'),
    ]
    assert row.answer == "3 km"


@pytest.mark.parametrize(
    ("turn", "answer"),
    [
        ({"content": None, "tool_calls": [CALL]}, CALLED),
        ({"tool_calls": [CALL, CALL]}, f"[{CALLED},{CALLED}]"),
        ({"content": "Let me look.", "tool_calls": [CALL]}, f"Let me look.\n{CALLED}"),
        ({"content": "", "function_call": CALL["function"]}, CALLED),
        ({"tool_calls": [{"name": "now"}]}, '{"name":"now","arguments":{}}'),
    ],
)
def test_a_call_can_be_the_answer(tmp_path, turn, answer) -> None:
    record = {"messages": [{"role": "user", "content": "Oslo?"}, {"role": "assistant", **turn}], "tools": TOOLS}
    (row,) = rows(tmp_path, record)
    assert row.answer == answer
    assert row.messages[0].content == 'Tools, as JSON:\n[{"name":"find","parameters":{}}]'


def test_several_answers_of_tools_follow_several_calls(tmp_path) -> None:
    record = {
        "messages": [
            {"role": "user", "content": "Oslo?"},
            {"role": "assistant", "tool_calls": [CALL, CALL]},
            {"role": "tool", "tool_call_id": "1", "content": "a"},
            {"role": "tool", "tool_call_id": "2", "content": {"km": 3}},
            {"role": "assistant", "content": "3 km"},
        ]
    }
    (row,) = rows(tmp_path, record)
    assert [turn.role for turn in row.messages] == ["user", "assistant", "tool", "tool"]
    assert row.messages[-1].content == '{"km":3}'


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("find(Oslo)", "the call cannot be read as JSON"),
        ([1], "not an object with a `name`"),
        ([], "a list of calls is empty"),
        ({"arguments": {}}, "not an object with a `name`"),
        ({"name": "find", "arguments": "city=Oslo"}, "the arguments of `find` cannot be read as JSON"),
    ],
)
def test_a_call_that_cannot_be_read(given, reason) -> None:
    with pytest.raises(MalformedError, match=reason):
        call_text(given)


def test_real_calls_are_compact_json(shared_data) -> None:
    found = read_rows(shared_data / "formats" / "sharegpt_toolcall.json").rows
    called = [row for row in found if any(turn.role == "tool" for turn in row.messages)]
    assert len(called) > 100
    assert all("Tools, as JSON:" in row.messages[0].content for row in called)
