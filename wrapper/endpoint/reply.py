"""What is asked of a chat endpoint and what came back: its text, its tokens and its price."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from wrapper.data.rows import Message
from wrapper.spec.grading_fields import Endpoint

_CHARACTERS_A_TOKEN = 4  # rule of thumb for English: https://platform.openai.com/tokenizer


@dataclass(frozen=True, kw_only=True)
class Request:
    """One chat to be continued, by at most `max_tokens` tokens."""

    messages: Sequence[Message]
    max_tokens: int
    temperature: float = 0.0


class Reply(Struct, frozen=True, kw_only=True):
    """One answer. `seconds` is how long the request that brought it took, without tries that failed before.

    `estimated` says that the endpoint told no token counts, or 0 for a text: they, and with them `usd`, come from
    the characters. `finish_reason` is the endpoint's own word for why the answer ended.
    """

    text: str
    prompt_tokens: int
    generated_tokens: int
    finish_reason: str
    seconds: float
    usd: float
    estimated: bool = False


class UnreadableReply(Exception):
    """The endpoint said that all is well, but what it sent is no answer."""

    def __init__(self, message: str, *, is_web_page: bool = False) -> None:
        super().__init__(message)
        self.is_web_page = is_web_page


def tokens_of(characters: int) -> int:
    """Tokens that so many characters are, as an estimate."""
    return math.ceil(characters / _CHARACTERS_A_TOKEN)


def price_usd(endpoint: Endpoint, prompt_tokens: int, generated_tokens: int) -> float:
    """Dollars for so many tokens, at the prices that the spec gives."""
    dollars = prompt_tokens * endpoint.usd_per_million_input + generated_tokens * endpoint.usd_per_million_output
    return dollars / 1_000_000


def read_json(body: bytes) -> Any:
    """The value that a body holds; raises UnreadableReply for a web page and for broken JSON."""
    text = body.decode("utf-8", errors="replace").strip()
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        if text.startswith("<"):
            raise UnreadableReply("it answered with a web page, not with JSON", is_web_page=True) from None
        told = "with broken or cut-off JSON" if text else "with nothing"
        raise UnreadableReply(f"it answered {told}") from None


def read_reply(value: Any, *, request: Request, endpoint: Endpoint, seconds: float) -> Reply:
    """The reply that a chat completion holds; raises UnreadableReply where it holds none."""
    choices = value.get("choices") if isinstance(value, Mapping) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, Mapping) else None
    if not isinstance(choice, Mapping) or not isinstance(message, Mapping):
        raise UnreadableReply("it answered with JSON that has no `choices` with a message")
    text = _clean(_text_of(message.get("content")) or _text_of(message.get("refusal")))
    usage = value.get("usage")
    asked = tokens_of(sum(len(turn.content) for turn in request.messages))
    answered = tokens_of(len(text))
    told = _count(usage, "prompt_tokens", asked), _count(usage, "completion_tokens", answered)
    prompt_tokens = asked if told[0] is None else told[0]
    generated_tokens = answered if told[1] is None else told[1]
    return Reply(
        text=text,
        prompt_tokens=prompt_tokens,
        generated_tokens=generated_tokens,
        finish_reason=_clean(str(choice.get("finish_reason") or "")),
        seconds=seconds,
        usd=price_usd(endpoint, prompt_tokens, generated_tokens),
        estimated=None in told,
    )


def _text_of(content: Any) -> str:
    """A text, or the texts of its parts; nothing for null."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_text_of(part.get("text")) for part in content if isinstance(part, Mapping))
    return ""


def _count(usage: Any, name: str, estimate: int) -> int | None:
    """The tokens that the endpoint tells; None where it tells none, or 0 where there must be some."""
    count = usage.get(name) if isinstance(usage, Mapping) else None
    if not isinstance(count, int) or isinstance(count, bool) or count < 0 or (count == 0 and estimate):
        return None
    return count


def _clean(text: str) -> str:
    """The text with halves of surrogate pairs, which no file can hold, replaced."""
    return text.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")
