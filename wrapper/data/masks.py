"""Which tokens of a chat are trained on: the assistant's and those that end its turns, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wrapper.data.rows import Message, Row
from wrapper.data.tokens import Tokens
from wrapper.errors import BadInput


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token's text and whether its loss counts."""

    text: str
    trained: bool


@dataclass(frozen=True, kw_only=True)
class Mask:
    """A row's tokens in order, and what is wrong with their marking (nothing, if it is right)."""

    tokens: tuple[Token, ...]
    faults: tuple[str, ...]

    @property
    def trained(self) -> int:
        return sum(token.trained for token in self.tokens)


def mask_of(row: Row, tokens: Tokens, system_prompt: str = "") -> Mask:
    """Mark a row's tokens as the backends do, and check the marking against what the assistant says.

    The marks are exact where the template leaves earlier turns as they were, a token begins where each answer
    begins, and the trained text is the answer with the token that ends a turn behind it.
    """
    chat = (*row.prompt(system_prompt), Message(role="assistant", content=row.answer))
    text = tokens.chat_text(chat, add_generation_prompt=False)
    spans, faults = [], []
    for index, turn in enumerate(chat):
        if turn.role == "assistant":
            span, wrong = _span(chat, index, text, tokens)
            faults += wrong
            if span:
                spans.append(span)
    places = tokens.offsets(text)
    marked = tuple(
        Token(text=text[start:end], trained=any(first <= start < last for first, last in spans))
        for start, end in places
    )
    faults += [
        f"no token begins where turn {chat_index} does: a part of the prompt is trained, or of the answer not"
        for chat_index, (first, _) in enumerate(spans, start=1)
        if first not in {start for start, _ in places}
    ]
    return Mask(tokens=marked, faults=tuple(faults))


def check_masks(rows: Sequence[Row], tokens: Tokens, system_prompt: str = "") -> Iterator[str]:
    """What is wrong with the marking of these rows, each fault with the row where it shows."""
    for row in rows:
        try:
            faults = mask_of(row, tokens, system_prompt).faults
        except BadInput as refused:
            faults = (refused.message,)
        yield from (f"{row.file}:{row.line}: {fault}" for fault in faults)


def _span(chat: Sequence[Message], index: int, text: str, tokens: Tokens) -> tuple[tuple[int, int] | None, list[str]]:
    """From where to where a turn of the assistant is trained, and what is wrong with that."""
    before = tokens.chat_text(chat[:index], add_generation_prompt=True)
    spoken = tokens.chat_text(chat[: index + 1], add_generation_prompt=False)
    turn = f"turn {index + 1}"
    if not (text.startswith(before) and text.startswith(spoken)):
        return None, [f"the chat template rewrites earlier turns, so that {turn} cannot be told from the prompt"]
    end_of_turn = tokens.end_of_turn()
    end = spoken.rfind(end_of_turn) if end_of_turn else -1
    stop = end + len(end_of_turn) if end >= len(before) else len(spoken)
    said = text[len(before) : stop]
    faults = []
    if chat[index].content.strip() not in said:
        faults.append(f"the chat template changes what {turn} says")
    if not end_of_turn:
        faults.append("the chat template puts no token behind an answer: the model would not learn to stop")
    return (len(before), stop), faults
