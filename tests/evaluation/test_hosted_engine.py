"""What an endpoint replies becomes an answer, with the reason for its end in one word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from wrapper.data.rows import Message
from wrapper.endpoint import Reply, Request
from wrapper.evaluation.answers import Answer, Question
from wrapper.evaluation.hosted_engine import HostedEngine

ASKED = Question(turns=(Message(role="user", content="q"),), max_answer_tokens=16)


class Saying:
    """A client whose answers end for that reason."""

    def __init__(self, finish_reason: str) -> None:
        self.finish_reason = finish_reason

    def chat_many(self, requests: Sequence[Request], *, on_reply: Callable[[int, Reply], None]) -> None:
        for place, request in enumerate(requests):
            assert request.max_tokens == 16
            reply = Reply(
                text="a", prompt_tokens=5, generated_tokens=3, finish_reason=self.finish_reason, seconds=0.2, usd=0.1
            )
            on_reply(place, reply)


def answer(finish_reason: str) -> Answer:
    found: list[Answer] = []
    client: Any = Saying(finish_reason)
    HostedEngine(client).answer("hosted", [ASKED], tuned=False, on_answer=lambda place, said: found.append(said))
    return found[0]


def test_an_answer_with_what_it_cost() -> None:
    assert answer("stop") == Answer(
        response="a", prompt_tokens=5, generated_tokens=3, seconds=0.2, usd=0.1, finish_reason="stop"
    )


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("length", "length"),
        ("MAX_TOKENS", "length"),
        ("content_filter", "content_filter"),
        ("content_filter: RECITATION", "content_filter"),
        ("SAFETY", "content_filter"),
        ("STOP", "stop"),
        ("tool_calls", ""),
        ("", ""),
    ],
)
def test_the_reason_for_its_end_in_one_word(told: str, reason: str) -> None:
    assert answer(told).finish_reason == reason
