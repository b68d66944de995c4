"""A model behind an OpenAI-compatible endpoint as an engine: it generates, and asks a price."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from wrapper.endpoint import Client, Reply, Request, price_usd, tokens_of
from wrapper.evaluation.answers import Answer, FinishReason, OnAnswer, Question

_FINISH_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    # Gemini's own words, which its OpenAI-compatible endpoint passes on: https://ai.google.dev/api/generate-content
    "max_tokens": "length",
    "safety": "content_filter",
    "recitation": "content_filter",
    "blocklist": "content_filter",
    "prohibited_content": "content_filter",
    "spii": "content_filter",
}


class HostedEngine:
    """Its answers are kept by address, model and turns: what the model is there may change under its name."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def key(self, question: Question, *, tuned: bool) -> str:
        endpoint = self.client.endpoint
        asked = ("hosted", 1, endpoint.base_url, endpoint.model, question)
        return sha256(msgspec.json.encode(asked)).hexdigest()

    def answer(self, name: str, questions: Sequence[Question], *, tuned: bool, on_answer: OnAnswer) -> None:
        """What is under way when `on_answer` raises is still told to it: it is paid for."""
        requests = [
            Request(messages=question.turns, max_tokens=question.max_answer_tokens) for question in questions
        ]
        self.client.chat_many(requests, on_reply=lambda place, reply: on_answer(place, _answer(reply)))

    def estimate_usd(self, questions: Sequence[Question]) -> float:
        """Dollars for the questions at most: their characters as tokens, and answers as long as they may be."""
        asked = sum(tokens_of(sum(len(turn.content) for turn in question.turns)) for question in questions)
        answered = sum(question.max_answer_tokens for question in questions)
        return price_usd(self.client.endpoint, asked, answered)


def _answer(reply: Reply) -> Answer:
    return Answer(
        response=reply.text,
        prompt_tokens=reply.prompt_tokens,
        generated_tokens=reply.generated_tokens,
        seconds=reply.seconds,
        usd=reply.usd,
        finish_reason=_FINISH_REASONS.get(reply.finish_reason.partition(":")[0].strip().lower(), ""),
    )
