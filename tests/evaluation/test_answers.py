"""Questions are asked once: out of the store, and of the engine only what is not in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest

from wrapper.data.rows import Message
from wrapper.evaluation.answers import Answer, Asked, OnAnswer, Question, ask


class Kept(dict[str, bytes]):
    """A store in memory."""

    def get_many(self, keys: Collection[str]) -> dict[str, bytes]:
        return {key: self[key] for key in keys if key in self}

    def put(self, key: str, value: bytes) -> None:
        self[key] = value


class Echo:
    """Answers with the question; `dies_after` so many answers."""

    def __init__(self, dies_after: int | None = None) -> None:
        self.asked: list[str] = []
        self.dies_after = dies_after

    def key(self, question: Question, *, tuned: bool) -> str:
        return f"{question.turns[-1].content}|{tuned}|{question.choices}"

    def answer(self, name: str, questions: Sequence[Question], *, tuned: bool, on_answer: OnAnswer) -> None:
        for place in reversed(range(len(questions))):  # in another order than asked
            if self.dies_after is not None and len(self.asked) == self.dies_after:
                raise RuntimeError("killed")
            text = questions[place].turns[-1].content
            self.asked.append(text)
            on_answer(place, Answer(response=text.upper(), seconds=0.5))


def questions(*texts: str) -> list[Question]:
    return [Question(turns=(Message(role="user", content=text),), max_answer_tokens=8) for text in texts]


def responses(asked: Asked) -> list[str]:
    return [answer.response for answer in asked.answers]


def test_answers_come_in_the_order_of_the_questions() -> None:
    asked = ask(Echo(), Kept(), "arm", questions("a", "b", "c"))
    assert responses(asked) == ["A", "B", "C"]
    assert asked.new == 3


def test_what_is_known_is_not_asked_again_and_added_rows_cost_only_themselves() -> None:
    engine, store = Echo(), Kept()
    ask(engine, store, "arm", questions("a", "b"))
    again = ask(engine, store, "arm", questions("b", "new", "a"))
    assert responses(again) == ["B", "NEW", "A"]
    assert again.new == 1
    assert sorted(engine.asked) == ["a", "b", "new"]


def test_the_tuned_model_is_another_one() -> None:
    engine, store = Echo(), Kept()
    ask(engine, store, "arm", questions("a"))
    assert ask(engine, store, "tuned", questions("a"), tuned=True).new == 1


def test_equal_questions_are_asked_once() -> None:
    engine = Echo()
    asked = ask(engine, Kept(), "arm", questions("a", "a", "b"))
    assert responses(asked) == ["A", "A", "B"]
    assert len(engine.asked) == 2


def test_a_kill_loses_no_answer() -> None:
    store = Kept()
    with pytest.raises(RuntimeError):
        ask(Echo(dies_after=2), store, "arm", questions("a", "b", "c"))
    engine = Echo()
    assert ask(engine, store, "arm", questions("a", "b", "c")).new == 1
    assert engine.asked == ["a"]


def test_progress_counts_what_was_known_too() -> None:
    store, heard = Kept(), list[int]()
    ask(Echo(), store, "arm", questions("a", "b"))
    ask(Echo(), store, "arm", questions("a", "b", "c", "d"), on_answer=heard.append)
    assert heard == [3, 4]


def test_answers_that_were_kept_before_they_had_a_reason_are_read() -> None:
    engine = Echo()
    (question,) = questions("a")
    store = Kept({engine.key(question, tuned=False): b'{"response":"A","prompt_tokens":3,"usd":0.5}'})
    asked = ask(engine, store, "arm", [question])
    assert (asked.new, asked.answers) == (0, (Answer(response="A", prompt_tokens=3, usd=0.5),))
    assert asked.answers[0].finish_reason == ""
