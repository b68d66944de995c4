"""Questions to a model and its answers: each is asked once, whatever run, arm or test set it comes from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Literal, Protocol

import msgspec
from msgspec import Struct

from wrapper.data.rows import Message

FinishReason = Literal["stop", "length", "content_filter", ""]


class Question(Struct, frozen=True, kw_only=True):
    """The turns before an answer. With `choices` their log-likelihoods are wanted, else a generated text."""

    turns: tuple[Message, ...]
    max_answer_tokens: int
    choices: tuple[str, ...] = ()


class Answer(Struct, frozen=True, kw_only=True):
    """What a model said: `loglikelihoods` one a choice, or `response`.

    `seconds` is this row's share of its batch; `prompt_cut` says that the prompt did not fit the model's
    context; `usd` is what an endpoint asked for it, 0 on a device that is paid by the hour. `finish_reason` is why
    the answer ended, where that is known: `length` is one that was cut off.
    """

    response: str = ""
    loglikelihoods: tuple[float, ...] = ()
    prompt_tokens: int = 0
    generated_tokens: int = 0
    seconds: float = 0.0
    prompt_cut: bool = False
    usd: float = 0.0
    finish_reason: FinishReason = ""

    @property
    def is_empty(self) -> bool:
        """Whether a text was wanted and none came."""
        return not self.loglikelihoods and not self.response.strip()


OnAnswer = Callable[[int, Answer], None]


class Engine(Protocol):
    """A model that answers; `tuned` asks it with its adapter."""

    def key(self, question: Question, *, tuned: bool) -> str:
        """Digest of all that the answer depends on; what only changes the speed is not among it."""

    def answer(self, name: str, questions: Sequence[Question], *, tuned: bool, on_answer: OnAnswer) -> None:
        """Call `on_answer` with the place and the answer of each question, in any order; `name` is for people."""


class AnswerStore(Protocol):
    """Keeps answers from run to run."""

    def get_many(self, keys: Collection[str]) -> Mapping[str, bytes]:
        """Those that are known."""

    def put(self, key: str, value: bytes) -> None:
        """Durable at once, so that a kill loses nothing that was paid for."""


class Asked(Struct, frozen=True, kw_only=True):
    """The answers, in the order of the questions, and how many of them were new."""

    answers: tuple[Answer, ...]
    new: int


def ask(
    engine: Engine,
    store: AnswerStore,
    name: str,
    questions: Sequence[Question],
    *,
    tuned: bool = False,
    on_answer: Callable[[int], None] = lambda done: None,
) -> Asked:
    """Answers out of the store, and from the engine those that are not in it; `on_answer` hears how many are there."""
    keys = [engine.key(question, tuned=tuned) for question in questions]
    known = {key: msgspec.json.decode(value, type=Answer) for key, value in store.get_many(set(keys)).items()}
    missing: dict[str, Question] = {}
    for key, question in zip(keys, questions, strict=True):
        if key not in known:
            missing[key] = question
    if missing:
        names, before = list(missing), len(known)

        def keep(place: int, answer: Answer) -> None:
            store.put(names[place], msgspec.json.encode(answer))
            known[names[place]] = answer
            on_answer(len(questions) - len(missing) + len(known) - before)

        engine.answer(name, list(missing.values()), tuned=tuned, on_answer=keep)
    return Asked(answers=tuple(known[key] for key in keys), new=len(missing))
