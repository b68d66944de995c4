"""Every usual shape of examples ends as the same rows."""

from __future__ import annotations

import msgspec
import pytest

from wrapper.data.reading import read_rows
from wrapper.errors import BadInput

ASKED, ANSWERED = "Where is it?", "There."


def write(folder, records):
    path = folder / "rows.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(record) + b"\n" for record in records))
    return path


@pytest.mark.parametrize(
    ("record", "name"),
    [
        ({"prompt": ASKED, "completion": ANSWERED}, "prompt/completion"),
        ({"question": ASKED, "answer": ANSWERED, "id": 7}, "question/answer"),
        ({"input": ASKED, "output": ANSWERED}, "input/output"),
        ({"Text": ASKED, "Label": ANSWERED}, "Text/Label"),
        ({"text": ASKED, "category": ANSWERED}, "text/category"),
        ({"text": ASKED, "intent": ANSWERED}, "text/intent"),
        ({"instruction": ASKED, "input": "", "output": ANSWERED}, "Alpaca instruction/input/output"),
        (
            {"messages": [{"role": "user", "content": ASKED}, {"role": "assistant", "content": ANSWERED}]},
            "chat messages",
        ),
        (
            {"messages": [
                {"role": "user", "content": [
                    {"type": "text", "text": "Where "},
                    {"type": "text", "value": "is it?"},
                ]},
                {"role": "assistant", "content": ANSWERED, "tool_calls": None},
            ]},
            "chat messages",
        ),
        (
            {
                "conversations": [{"from": "human", "value": ASKED}, {"from": "gpt", "value": ANSWERED}],
                "tools": "[]",
            },
            "ShareGPT conversations",
        ),
        (
            {
                "prompt": [{"role": "user", "content": ASKED}],
                "completion": [{"role": "assistant", "content": ANSWERED}],
            },
            "prompt/completion",
        ),
    ],
)  # fmt: skip
def test_one_question_and_its_answer(tmp_path, record, name) -> None:
    result = read_rows(write(tmp_path, [record]))
    (row,) = result.rows
    assert [(turn.role, turn.content) for turn in row.messages] == [("user", ASKED)]
    assert (row.answer, row.line, result.format) == (ANSWERED, 1, f"JSONL, {name}")


def test_alpaca_joins_instruction_and_input_and_keeps_system_and_history(tmp_path) -> None:
    record = {
        "instruction": "Translate", "input": "Hund", "output": "dog",
        "system": "Be brief.", "history": [["Hi", "Hello"]],
    }  # fmt: skip
    (row,) = read_rows(write(tmp_path, [record])).rows
    assert [(turn.role, turn.content) for turn in row.messages] == [
        ("system", "Be brief."),
        ("user", "Hi"),
        ("assistant", "Hello"),
        ("user", "Translate\n\nHund"),
    ]


@pytest.mark.parametrize(
    ("answer", "text"),
    [(42, "42"), (1.5, "1.5"), (True, "true"), ({"a": [1, "é"]}, '{"a":[1,"é"]}'), ([], "[]"), ("a", "a")],
)
def test_answers_that_are_no_strings_become_text(tmp_path, answer, text) -> None:
    (row,) = read_rows(write(tmp_path, [{"input": ASKED, "output": answer}])).rows
    assert row.answer == text


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"messages": [{"role": "user", "content": ASKED}]}, "the last turn is not the assistant's"),
        ({"messages": []}, "the last turn is not the assistant's"),
        ({"messages": [{"role": "assistant", "content": ANSWERED}]}, "no user turn stands before"),
        ({"messages": "hi"}, "is not a list of turns"),
        ({"messages": ["hi"]}, "turn 1 is not an object"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "has the role `tool`"),
        ({"messages": [{"role": "assistant", "tool_calls": [1]}]}, "has the role `tool_calls`"),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "a part of type `image`"),
        (
            {"messages": [{"role": "user", "content": "a"}, {"role": "system", "content": "b"}]},
            "turn 2 is a system turn",
        ),
        ({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": None}]}, "is null"),
        ({"messages": [{"role": "user", "content": " "}, {"role": "assistant", "content": "b"}]}, "is empty"),
        ({"messages": [{"role": "user", "content": "\x00"}, {"role": "assistant", "content": "b"}]}, "NUL"),
        ({"messages": [], "tools": [{"name": "search"}]}, "defines `tools`"),
        ({"other": 1}, "the row has no `messages`"),
    ],
)
def test_a_malformed_row_is_a_fault_beside_the_good_ones(tmp_path, record, reason) -> None:
    good = {"messages": [{"role": "user", "content": ASKED}, {"role": "assistant", "content": ANSWERED}]}
    result = read_rows(write(tmp_path, [good, record, good]))
    (fault,) = result.faults
    assert [row.line for row in result.rows] == [1, 3]
    assert (fault.kind, fault.line) == ("malformed", 2)
    assert reason in fault.message


def test_preference_pairs_are_refused_by_name(tmp_path) -> None:
    with pytest.raises(BadInput, match="preference pairs"):
        read_rows(write(tmp_path, [{"prompt": "a", "chosen": "b", "rejected": "c"}]))


def test_an_unknown_shape_names_its_fields(tmp_path) -> None:
    with pytest.raises(BadInput, match="`utterance`, `act`") as caught:
        read_rows(write(tmp_path, [{"utterance": "a", "act": "b"}]))
    assert "data: {input: ..., output: ...}" in caught.value.hint


def test_named_fields_win_over_the_detected_shape(tmp_path) -> None:
    path = write(tmp_path, [{"text": "a", "label": "b", "summary": "c"}])
    (row,) = read_rows(path, input_field="text", output_field="summary").rows
    assert (row.input_text, row.answer) == ("a", "c")


def test_a_named_field_that_no_row_has_gets_a_suggestion(tmp_path) -> None:
    with pytest.raises(BadInput, match="no row has the field `sumary`") as caught:
        read_rows(write(tmp_path, [{"text": "a", "summary": "c"}]), input_field="text", output_field="sumary")
    assert caught.value.hint == "did you mean `summary`?"


def test_one_named_field_alone_is_refused(tmp_path) -> None:
    with pytest.raises(BadInput, match="one without the other"):
        read_rows(write(tmp_path, [{"text": "a"}]), input_field="text")


def test_not_one_good_row_is_bad_input_with_the_first_faults(tmp_path) -> None:
    with pytest.raises(BadInput, match="not one of 30 rows") as caught:
        read_rows(write(tmp_path, [{"messages": []}] * 30))
    assert len(caught.value.faults) == 10
