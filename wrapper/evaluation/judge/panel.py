"""Asks the judge model for verdicts: many at once, none twice, each stored as it arrives."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

import msgspec

from wrapper.endpoint import Reply, Request
from wrapper.evaluation.answers import AnswerStore
from wrapper.evaluation.judge.prompt import MAX_TOKENS, PROMPT_VERSION, Verdict, judge_messages, read_verdict
from wrapper.spec.grading_fields import Judge


class Chats(Protocol):
    """What is needed of an endpoint's client."""

    def chat_many(
        self, requests: Sequence[Request], *, on_reply: Callable[[int, Reply], None] | None = None
    ) -> list[Reply]: ...


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two answers to a question, in the order in which the judge sees them."""

    question: str
    a: str
    b: str


@dataclass(kw_only=True)
class Tally:
    """What was asked and spent; `stored` answers were there already and cost nothing.

    `rows` counts those that the judge compared in both orders.
    """

    calls: int = 0
    stored: int = 0
    usd: float = 0.0
    prompt_tokens: int = 0
    generated_tokens: int = 0
    estimated: int = 0
    rows: int = 0
    unreadable: int = 0
    shortened: int = 0

    def add(self, reply: Reply) -> None:
        self.calls += 1
        self.usd += reply.usd
        self.prompt_tokens += reply.prompt_tokens
        self.generated_tokens += reply.generated_tokens
        self.estimated += reply.estimated


@dataclass(frozen=True, kw_only=True)
class Panel:
    """`on_usd` hears the price of each answer once it is stored, and may raise to stop."""

    judge: Judge
    client: Chats
    answers: AnswerStore
    on_usd: Callable[[float], None]
    tally: Tally = field(default_factory=Tally)

    def verdicts(self, comparisons: Sequence[Comparison]) -> dict[Comparison, Verdict]:
        """The verdict of each; what cannot be read is asked for once more."""
        wanted = list(dict.fromkeys(comparisons))
        read = self._ask(wanted, again=False)
        unread = [one for one in wanted if read[one].better is None]
        return read | self._ask(unread, again=True)

    def unanswered(self, comparisons: Sequence[Comparison]) -> list[Comparison]:
        """Those that would have to be asked, each once."""
        keys = {one: self._key(one, again=False) for one in comparisons}
        stored = self.answers.get_many(keys.values())
        return [one for one, key in keys.items() if key not in stored]

    def _ask(self, comparisons: Sequence[Comparison], *, again: bool) -> dict[Comparison, Verdict]:
        keys = {one: self._key(one, again=again) for one in comparisons}
        stored = self.answers.get_many(keys.values())
        replies = {
            one: msgspec.json.decode(stored[key], type=Reply) for one, key in keys.items() if key in stored
        }
        self.tally.stored += len(replies)
        asked = [one for one in comparisons if one not in replies]

        def keep(index: int, reply: Reply) -> None:
            self.answers.put(keys[asked[index]], msgspec.json.encode(reply))
            replies[asked[index]] = reply
            self.tally.add(reply)
            self.on_usd(reply.usd)

        if asked:
            requests = [self.request(one, again=again) for one in asked]
            self.client.chat_many(requests, on_reply=keep)
        return {one: _read(replies[one]) for one in comparisons}

    def request(self, one: Comparison, *, again: bool = False) -> Request:
        messages = judge_messages(self.judge.rubric, one.question, one.a, one.b, again=again)
        return Request(messages=messages, max_tokens=MAX_TOKENS)

    def _key(self, one: Comparison, *, again: bool) -> str:
        attempt = "again" if again else "first"
        source = (self.judge.base_url, self.judge.model, self.judge.rubric)
        asked = ("judge", PROMPT_VERSION, *source, one.question, one.a, one.b, attempt)
        return sha256(json.dumps(asked).encode("ascii")).hexdigest()  # half characters too


def _read(reply: Reply) -> Verdict:
    verdict = read_verdict(reply.text)
    if verdict.better is None and reply.finish_reason == "length":
        return Verdict(better=None, reason=f"cut off after {MAX_TOKENS} tokens: {verdict.reason}")
    return verdict
