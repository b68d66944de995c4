"""Default prompts, the candidates beside them, and the choice between them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper.data.rows import Message, make_row
from wrapper.evaluation.answer_form import Key, form_of, keys_of
from wrapper.evaluation.prompts import (
    Candidate,
    as_given,
    choose,
    default_prompt,
    prompt_candidates,
    with_candidate,
)

SLOTS = ['{"date": "monday", "people": 2}'] * 8 + ['{"date": "friday"}', '{"people": 3, "date": "x"}']


def test_a_classification_is_told_its_labels() -> None:
    told = "Classify the message. Answer with one of these labels only: yes, no."
    assert default_prompt("classification", ("yes", "no")) == told
    assert default_prompt("classification", ("a, b", "c")).endswith('only: "a, b", "c".')
    assert default_prompt("classification", ("{{ 1 }}", "{% x %}")).endswith("only: {{ 1 }}, {% x %}.")


def test_an_extraction_is_told_its_keys() -> None:
    assert default_prompt("extraction", (), SLOTS) == (
        "Extract what the message says. Answer with one JSON object and nothing else, with the keys date, "
        "and where the message gives them people."
    )
    assert default_prompt("extraction", ()) == (
        "Extract what the message says. Answer with one JSON object and nothing else."
    )


def test_keys_of_the_answers() -> None:
    assert keys_of(SLOTS) == (Key(name="date", share=1.0), Key(name="people", share=0.9))
    assert keys_of(['[{"name": "f", "arguments": {}}]']) == (Key(name="name", share=1), Key(name="arguments", share=1))
    assert keys_of(["no JSON", *SLOTS]) == ()
    assert keys_of(["[" * 100_000, "{}", "NaN"]) == ()
    assert keys_of([]) == ()


def test_keys_that_are_data_are_no_keys() -> None:
    answers = [f'{{"id-{number}": 1, "total": 2, "a\\nb": 3}}' for number in range(1000)]
    assert keys_of(answers) == (Key(name="total", share=1.0),)
    wide = "{" + ", ".join(f'"k{number}": 1' for number in range(500)) + "}"
    assert len(keys_of([wide])) == 30


@pytest.mark.parametrize(
    ("kind", "answers", "told"),
    [
        ("extraction", SLOTS, "Answer with one JSON object with the keys date, and where the message gives them "
         "people, and nothing else."),
        ("tool_call", ['[{"name":"f","arguments":{}}]'], "Answer with a JSON list of objects with the keys name, "
         "arguments, and nothing else."),
        ("sql", ["SELECT 1"], "Answer with one SQL query and nothing else."),
        ("chat", ["select a\nfrom b"] * 3, "Answer with one SQL query and nothing else."),
        ("qa", ["42", "-1,000.5", "$3", "7 %"], "Answer with a number only."),
        ("qa", ["Oslo", "Bergen", "Oslo"], "Answer with one word and nothing else."),
        ("qa", ["Oslo", "New York", "the Hague"], "Answer with at most 2 words and nothing else."),
        ("chat", ["word " * 28] * 9, "Answer in about 30 words."),
        ("chat", ["word " * (10 * size) for size in range(1, 11)], "Answer in 10 to 100 words."),
        ("summarisation", ["漢字" * 40] * 4, "Answer in about 80 characters."),
        ("summarisation", ["word " * 7], "Answer in about 7 words."),
    ],
)  # fmt: skip
def test_the_form_of_the_answers(kind: str, answers: list[str], told: str) -> None:
    form = form_of(kind, (), answers)
    assert form is not None
    assert form.sentence == told


def test_no_form_where_nothing_shows_one() -> None:
    assert form_of("classification", (), []) is None
    assert form_of("qa", (), []) is None
    assert form_of("qa", (), ["", " "]) is None


def names(prompt: str, kind: str, labels: tuple[str, ...] = (), answers: list[str] | None = None, *others: str):
    found = prompt_candidates(prompt, kind=kind, labels=labels, train_answers=answers or [], others=others)
    return [candidate.name for candidate in found]


def test_a_form_that_is_said_already_is_not_said_twice() -> None:
    assert names("", "classification", ("yes", "no")) == ["as_given", "in_user_turn"]
    assert names("Say Yes or NO.", "classification", ("yes", "no")) == ["as_given", "in_user_turn"]
    assert names("Classify it.", "classification", ("yes", "no")) == ["as_given", "with_form", "in_user_turn"]
    for kind, answers in (("extraction", SLOTS), ("sql", ["SELECT 1"]), ("tool_call", ['{"name":"f","arguments":{}}'])):
        assert names("", kind, (), answers) == ["as_given", "in_user_turn"]
        assert names("Do it.", kind, (), answers) == ["as_given", "with_form", "in_user_turn"]


def test_the_users_own_wordings_come_last_and_repeats_are_left_out() -> None:
    others = ("Decide.", "  Classify it. ", "Decide.", " ", "Think, then decide.")
    found = prompt_candidates("Classify it.", kind="qa", labels=(), train_answers=[], others=others)
    assert found == [
        as_given("Classify it."),
        Candidate(name="in_user_turn", system_prompt="", user_prefix="Classify it."),
        Candidate(name="candidate_1", system_prompt="Decide."),
        Candidate(name="candidate_5", system_prompt="Think, then decide."),
    ]


def test_the_form_stands_below_the_prompt() -> None:
    found = prompt_candidates("Ask.", kind="qa", labels=(), train_answers=["1", "2"])[1]
    assert found == Candidate(name="with_form", system_prompt="Ask.\nAnswer with a number only.")


def row(*turns: tuple[str, str]):
    return make_row([Message(role=role, content=content) for role, content in turns], "gold", file="f", line=1)


def said(turns: tuple[Message, ...]) -> list[tuple[str, str]]:
    return [(turn.role, turn.content) for turn in turns]


def test_turns_of_a_candidate() -> None:
    system, prefix = as_given("Be brief."), Candidate(name="in_user_turn", system_prompt="", user_prefix="Be brief.")
    plain = row(("user", "hi"))
    assert said(with_candidate(plain, system)) == [("system", "Be brief."), ("user", "hi")]
    assert said(with_candidate(plain, prefix)) == [("user", "Be brief.\n\nhi")]


def test_a_system_turn_of_the_row_is_kept() -> None:
    own = row(("system", "Tools, as JSON:\n[]"), ("user", "hi"), ("assistant", "call"), ("tool", "42"))
    prefix = Candidate(name="in_user_turn", system_prompt="", user_prefix="Be brief.")
    assert with_candidate(own, as_given("Be brief.")) == own.messages
    assert said(with_candidate(own, prefix)) == [
        ("system", "Tools, as JSON:\n[]"), ("user", "Be brief.\n\nhi"), ("assistant", "call"), ("tool", "42"),
    ]  # fmt: skip


A, B, C = (Candidate(name=name, system_prompt=name) for name in "abc")


def test_the_best_mean_is_chosen_and_of_equals_the_first() -> None:
    assert choose([A, B, C], {"a": [0, 1], "b": [1, 1], "c": [1, 1]}) == B
    assert choose([A, B], {"a": [0.5, None], "b": [0.5, 0.5]}) == A
    assert choose([A, B], {"a": [None], "b": [0.0]}) == B
    assert choose([A, B], {}) == A
    assert choose([A, B], {"a": [None, None], "b": []}) == A


@given(st.permutations([0.1, 0.2, 0.3, 0.7, 1.0]))
def test_the_order_of_the_rows_decides_nothing(scores: list[float]) -> None:
    assert choose([A, B], {"a": sorted(scores), "b": scores}) == A


@given(st.lists(st.text(max_size=40), max_size=12), st.sampled_from(["qa", "chat", "sql", "extraction", "tool_call"]))
def test_any_answers_give_distinct_candidates(answers: list[str], kind: str) -> None:
    found = prompt_candidates("", kind=kind, labels=(), train_answers=answers)
    assert found == prompt_candidates("", kind=kind, labels=(), train_answers=answers)
    assert len({(one.system_prompt, one.user_prefix) for one in found}) == len(found) <= 3
    assert found[0].name == "as_given"
    assert found[0].system_prompt
