"""What each arm is given, turn by turn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wrapper.data.rows import Message, Row, make_row
from wrapper.evaluation.arms import ArmSetting, prompts_of
from wrapper.evaluation.passages import Passage
from wrapper.evaluation.prompts import Candidate, as_given
from wrapper.spec.fields import ArmName

ARMS: tuple[ArmName, ...] = (
    "base", "prompted", "few_shot", "retrieved_examples", "rag", "hosted", "tuned", "tuned_retrieval"
)  # fmt: skip
SETTING = ArmSetting(
    trained_prompt="Be brief.", candidate=as_given("Be brief."), shots=2, seed=0, kind="qa",
    passages=(
        Passage(document="a.md", start_line=1, text="Pears and figs are sold on Mondays."),
        Passage(document="b.md", start_line=1, text="Nothing else is sold."),
    ), passages_shown=1,
)  # fmt: skip


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


@pytest.mark.parametrize("arm", ARMS)
def test_no_gold_answer_of_a_test_row_is_shown(arm: ArmName) -> None:
    for prompt in prompts_of(arm, TEST, TRAIN, SETTING):
        assert not any("gold" in turn.content for turn in prompt)
        assert prompt[-1].role == "user"


def test_a_rows_own_system_turn_stands_first_and_those_of_examples_are_left_out() -> None:
    own = Message(role="system", content="my own")
    train = [row("example", "shown", own)]
    (prompt,) = prompts_of("few_shot", [row("asked", "gold", own)], train, SETTING)
    assert said(prompt) == [("system", "my own"), ("user", "example"), ("assistant", "shown"), ("user", "asked")]


def test_more_shots_than_rows_shows_all_rows() -> None:
    many = replace(SETTING, trained_prompt="", candidate=as_given(""), shots=9)
    (prompt, _) = prompts_of("few_shot", TEST, TRAIN, many)
    assert len(prompt) == 2 * len(TRAIN) + 1


def test_passages_stand_before_the_question_in_its_turn() -> None:
    (prompt, _) = prompts_of("rag", TEST, TRAIN, SETTING)
    assert [turn.role for turn in prompt] == ["system", "user"]
    assert "Pears and figs are sold" in prompt[1].content and "Nothing else" not in prompt[1].content
    assert prompt[1].content.endswith("pears and figs")


def test_tuned_retrieval_is_given_passages_or_where_there_are_none_examples() -> None:
    assert prompts_of("tuned_retrieval", TEST, TRAIN, SETTING) == prompts_of("rag", TEST, TRAIN, SETTING)
    without = replace(SETTING, passages=())
    examples = prompts_of("retrieved_examples", TEST, TRAIN, without)
    assert prompts_of("tuned_retrieval", TEST, TRAIN, without) == examples


def test_only_untuned_arms_say_the_chosen_wording() -> None:
    chosen = Candidate(name="in_user_turn", system_prompt="", user_prefix="Answer in a word.")
    setting = replace(SETTING, candidate=chosen)
    (prompted, _) = prompts_of("prompted", TEST, TRAIN, setting)
    assert said(prompted) == [("user", "Answer in a word.\n\npears and figs")]
    assert prompts_of("tuned", TEST, TRAIN, setting) == prompts_of("tuned", TEST, TRAIN, SETTING)
    (shown, _) = prompts_of("few_shot", TEST, TRAIN, setting)
    assert all(turn.content.startswith("Answer in a word.") for turn in shown if turn.role == "user")
    assert said(prompts_of("base", TEST, TRAIN, setting)[0]) == [("user", "pears and figs")]
