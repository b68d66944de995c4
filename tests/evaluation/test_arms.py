"""What each arm is given, turn by turn."""

from __future__ import annotations

import pytest

from wrapper.data.rows import Message, Row, make_row
from wrapper.evaluation.arms import MODEL_ARMS, ArmSetting, default_prompt, prompts_of

SETTING = ArmSetting(system_prompt="Be brief.", shots=2, seed=0, kind="qa")


def row(text: str, answer: str, *before: Message) -> Row:
    return make_row((*before, Message(role="user", content=text)), answer, file="f", line=1)


TRAIN = [row(f"question about {word}", f"answer {word}") for word in ("apples", "pears", "plums", "figs")]
TEST = [row("pears and figs", "gold a"), row("apples", "gold b")]


def said(prompt: tuple[Message, ...]) -> list[tuple[str, str]]:
    return [(turn.role, turn.content) for turn in prompt]


def test_base_sees_the_bare_input() -> None:
    assert said(prompts_of("base", TEST, TRAIN, SETTING)[0]) == [("user", "pears and figs")]


def test_tuned_gets_exactly_what_prompted_gets() -> None:
    prompted = prompts_of("prompted", TEST, TRAIN, SETTING)
    assert prompts_of("tuned", TEST, TRAIN, SETTING) == prompted
    assert said(prompted[1]) == [("system", "Be brief."), ("user", "apples")]


def test_few_shot_shows_the_same_examples_before_every_question() -> None:
    first, second = prompts_of("few_shot", TEST, TRAIN, SETTING)
    assert first[:-1] == second[:-1]
    assert [turn.role for turn in first] == ["system", "user", "assistant", "user", "assistant", "user"]
    pairs = {(one.input_text, one.answer) for one in TRAIN}
    assert {(first[1].content, first[2].content), (first[3].content, first[4].content)} <= pairs


def test_retrieved_examples_stand_with_the_nearest_last() -> None:
    _, prompt = prompts_of("retrieved_examples", TEST, TRAIN, SETTING)
    assert said(prompt)[-3:] == [
        ("user", "question about apples"),
        ("assistant", "answer apples"),
        ("user", "apples"),
    ]


@pytest.mark.parametrize("arm", MODEL_ARMS)
def test_no_gold_answer_of_a_test_row_is_shown(arm: str) -> None:
    for prompt in prompts_of(arm, TEST, TRAIN, SETTING):  # type: ignore[arg-type]
        assert not any("gold" in turn.content for turn in prompt)
        assert prompt[-1].role == "user"


def test_a_rows_own_system_turn_stands_first_and_those_of_examples_are_left_out() -> None:
    own = Message(role="system", content="my own")
    train = [row("example", "shown", own)]
    (prompt,) = prompts_of("few_shot", [row("asked", "gold", own)], train, SETTING)
    assert said(prompt) == [("system", "my own"), ("user", "example"), ("assistant", "shown"), ("user", "asked")]


def test_more_shots_than_rows_shows_all_rows() -> None:
    many = ArmSetting(system_prompt="", shots=9, seed=0, kind="qa")
    (prompt, _) = prompts_of("few_shot", TEST, TRAIN, many)
    assert len(prompt) == 2 * len(TRAIN) + 1


def test_the_default_instructions_name_the_labels() -> None:
    told = default_prompt("classification", ("yes", "no"))
    assert told == "Classify the message. Answer with one of these labels only: yes, no."
    assert default_prompt("qa", ()) == ""
