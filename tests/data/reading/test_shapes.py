"""Every usual shape of examples ends as the same rows."""

from __future__ import annotations

import msgspec
import pytest

from wrapper.data.reading import read as reading
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
        ({"question": ASKED, "response": ANSWERED}, "question/response"),
        ({"query": ASKED, "response": ANSWERED}, "query/response"),
        ({"instruction": ASKED, "output": ANSWERED}, "Alpaca instruction/input/output"),
        ({"instruction": ASKED, "context": "", "response": ANSWERED}, "Alpaca instruction/input/response"),
        ({"messages": [{"from": "human", "value": ASKED}, {"from": "gpt", "value": ANSWERED}]}, "chat messages"),
        (
            {"conversations": [{"role": "prompter", "content": ASKED}, {"role": "Model", "content": ANSWERED}]},
            "ShareGPT conversations",
        ),
        (
            {"dialogue": [{"role": "user", "content": ASKED}, {"role": "bot", "content": ANSWERED}]},
            "chat in `dialogue`",
        ),
        ({"prompt": [{"from": "human", "value": ASKED}], "completion": ANSWERED}, "prompt/completion"),
        ({"prompt": ASKED, "completion": [{"role": "assistant", "content": ANSWERED}]}, "prompt/completion"),
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
        ({"messages": [{"role": "assistant", "content": ANSWERED}]}, "and no user turn stands before it"),
        ({"messages": "hi"}, "is not a list of turns"),
        ({"messages": ["hi"]}, "turn 1 is not an object"),
        ({"messages": [{"role": "critic", "content": "x"}]}, "turn 1 has an unknown `role`, `critic`"),
        ({"messages": [{"content": "x"}]}, "turn 1 has no `role`"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "no call of a tool stands before it"),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "a part of type `image`"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": 3}]}]}, "type `text` without text"),
        (
            {"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]},
            "turn 2 is a turn of the user after one of the user; user and assistant have to alternate",
        ),
        (
            {"messages": [{"role": "user", "content": "a"}] + 2 * [{"role": "assistant", "content": "b"}]},
            "turn 3 is a turn of the assistant after one of the assistant",
        ),
        (
            {"messages": [{"role": "user", "content": "a"}, {"role": "system", "content": "b"}]},
            "turn 2 is a system turn",
        ),
        ({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": None}]}, "is null"),
        ({"messages": [{"role": "user", "content": " "}, {"role": "assistant", "content": "b"}]}, "is empty"),
        ({"messages": [{"role": "user", "content": "\x00"}, {"role": "assistant", "content": "b"}]}, "U+0000"),
        ({"messages": [{"role": "user", "content": "a\x7f"}, {"role": "assistant", "content": "b"}]}, "U+007F"),
        ({"messages": [{"role": "user", "content": "a\ufffd"}, {"role": "assistant", "content": "b"}]}, "U+FFFD"),
        ({"messages": [{"role": "user", "content": "a"}, {"role": "assistant"}]}, "turn 2: `content` is null"),
        ({"messages": [], "tools": "{broken"}, "`tools` cannot be read as JSON"),
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


@pytest.mark.parametrize(
    ("record", "asked", "answer"),
    [
        ({"context": "C", "question": "Q", "answers": {"text": ["A", "B"], "answer_start": [0]}}, "C\n\nQ", "A"),
        ({"context": "C", "question": "Q", "answer": "A"}, "C\n\nQ", "A"),
        ({"instruction": "I", "context": "C", "response": "A"}, "I\n\nC", "A"),
    ],
)
def test_a_context_stands_before_the_question(tmp_path, record, asked, answer) -> None:
    (row,) = read_rows(write(tmp_path, [record])).rows
    assert (row.input_text, row.answer) == (asked, answer)


def test_a_system_prompt_of_the_row_comes_first(tmp_path) -> None:
    turns = [{"from": "human", "value": "Q"}, {"from": "gpt", "value": "A"}]
    for record in (
        {"conversations": turns, "system": "S"},
        {"conversations": [{"from": "system", "value": "S"}, *turns]},
        {"system_prompt": "S", "question": "Q", "response": "A"},
    ):
        (row,) = read_rows(write(tmp_path, [record])).rows
        assert [(turn.role, turn.content) for turn in row.messages] == [("system", "S"), ("user", "Q")]


@pytest.mark.parametrize(
    ("record", "what"),
    [
        ({"prompt": "a", "chosen": "b", "rejected": "c"}, "preference pairs"),
        ({"conversations": [], "chosen": {}, "rejected": {}}, "preference pairs"),
        ({"prompt": "a", "response_0": "b", "response_1": "c", "better_response_id": 1}, "preference pairs"),
        ({"conversation_a": [], "conversation_b": [], "winner": "model_a"}, "preference pairs"),
        ({"prompt": "a", "completion": "b", "label": True}, "answers judged good or bad"),
        ({"messages": [], "kto_tag": False}, "answers judged good or bad"),
        ({"input_ids": [1, 2], "labels": [1, 2]}, "token ids"),
        ({"anchor": "a", "positive": "b", "negative": "c"}, "an embedding model"),
        ({"question": "a", "choices": ["b", "c"], "answer": 1}, "multiple choice"),
        ({"text": "Once upon a time", "id": 3, "url": "x"}, "plain text without answers"),
        ({"prompt": "a", "id": 3}, "prompts without answers"),
    ],
)
def test_what_is_no_example_is_refused_by_name(tmp_path, record, what) -> None:
    with pytest.raises(BadInput, match=f"holds .*{what}") as caught:
        read_rows(write(tmp_path, [record] * 3))
    assert caught.value.hint


def test_one_odd_row_does_not_decide_for_the_file(tmp_path) -> None:
    good = {"prompt": "a", "completion": "b"}
    result = read_rows(write(tmp_path, [{"prompt": "a", "chosen": "b", "rejected": "c"}, good, good]))
    assert (len(result.rows), [fault.message for fault in result.faults]) == (2, ["the row has no `completion`"])
    assert result.excerpts == ('{"prompt":"a","chosen":"b","rejected":"c"}',)


def test_named_fields_choose_the_good_answer_of_a_pair(tmp_path) -> None:
    path = write(tmp_path, [{"prompt": "a", "chosen": "b", "rejected": "c"}])
    (row,) = read_rows(path, input_field="prompt", output_field="chosen").rows
    assert (row.input_text, row.answer) == ("a", "b")


def test_too_many_faults_are_no_file_of_examples(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(reading, "MAX_FAULTS", 50)
    with pytest.raises(BadInput, match="more than 50 rows cannot be read"):
        read_rows(write(tmp_path, [{"prompt": "a", "completion": "b"}] * 60 + [{"prompt": "a"}] * 51))
    with pytest.raises(BadInput, match="more than 50 rows cannot be read"):
        read_rows(write(tmp_path, [7] * 52))


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
