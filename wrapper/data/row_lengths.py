"""Tokens of many rows as they are trained on, each counted as the whole chat would be."""

from __future__ import annotations

from collections.abc import Sequence

from wrapper.data.chat_frames import Frame, frame_of
from wrapper.data.rows import Message, Row
from wrapper.data.tokens import BATCH, Tokens

_PROBES = 8  # rows of each frame whose count is checked against that of the whole chat
_MOST_FRAMES = 256  # system prompts and sequences of roles; where there are more, a frame saves nothing


def row_lengths(tokens: Tokens, rows: Sequence[Row], system_prompt: str = "") -> list[int]:
    """Tokens of each row; raises BadInput where the chat template refuses one."""
    frames = _Frames(tokens)
    found: list[int] = []
    for start in range(0, len(rows), BATCH):  # no more than a batch of chats is held at a time
        texts, constants = [], []
        for row in rows[start : start + BATCH]:
            text, constant = frames.text_of(row.prompt(system_prompt), row.answer)
            texts.append(text)
            constants.append(constant)
        found += [count + constant for count, constant in zip(tokens.count(texts), constants, strict=True)]
    return found


class _Frames:
    """The frames seen so far, each tried on its first rows before it is believed."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._frames: dict[tuple[str, ...], Frame | None] = {}
        self._tried: dict[tuple[str, ...], int] = {}
        self._special_cases = tokens.special_cases()
        self._specials = tokens.special_texts()

    def text_of(self, prompt: Sequence[Message], answer: str) -> tuple[str, int]:
        """What is to be tokenised of a chat, and the tokens to add for what was counted before."""
        chat = (*prompt, Message(role="assistant", content=answer))
        fixed = 1 if chat[0].role == "system" else 0
        key = (chat[0].content if fixed else "", *(turn.role for turn in chat))
        frame = self._frame(key, chat)
        contents = [turn.content for turn in chat[fixed:]]
        if frame is None or any(word in content for word in self._special_cases for content in contents):
            return self._whole(chat), 0
        text = frame.around(contents)
        if self._tried[key] < _PROBES:
            self._tried[key] += 1
            short, whole = self._tokens.count([text, self._whole(chat)])
            if short + frame.constant_tokens != whole:
                self._frames[key] = None
                return self._whole(chat), 0
        return text, frame.constant_tokens

    def _frame(self, key: tuple[str, ...], chat: Sequence[Message]) -> Frame | None:
        if key in self._frames:
            return self._frames[key]
        if len(self._frames) >= _MOST_FRAMES:
            return None
        found = frame_of(
            [turn.role for turn in chat], key[0],
            render=self._whole, count=self._tokens.count, specials=self._specials,
        )  # fmt: skip
        self._frames[key], self._tried[key] = found, 0
        return found

    def _whole(self, chat: Sequence[Message]) -> str:
        return self._tokens.chat_text(chat, add_generation_prompt=False)
