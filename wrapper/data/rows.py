"""One supervised example, whatever shape the user's file had."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import msgspec
from msgspec import Struct

SPLITS = ("train", "validation", "test")


class Message(Struct, frozen=True, kw_only=True, gc=False):
    """One turn of a chat; `role` is system, user, assistant or tool."""

    role: str
    content: str


class Row(Struct, frozen=True, kw_only=True, gc=False):
    """What the model is given and the gold answer.

    `row_id` is a digest of content (messages and answer), so that pairs join across runs and files.
    `messages` ends with a user or tool turn; a system turn stands first where the row brings its own.
    `file` and `line` (1-based; the row's number where a format has no lines) say where it came from.
    `group` is the source that the row shares with others, such as a document: rows of one group are never split.
    `aliases` are other answers that are as right as the gold one.
    """

    row_id: str
    messages: tuple[Message, ...]
    answer: str
    file: str
    line: int
    group: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def accepted(self) -> tuple[str, ...]:
        """The gold answer and its aliases."""
        return (self.answer, *self.aliases)

    @property
    def input_text(self) -> str:
        """The last turn before the answer: what changes from row to row."""
        return self.messages[-1].content

    def prompt(self, system_prompt: str = "") -> tuple[Message, ...]:
        """The turns before the answer; the system prompt comes first unless the row brings its own."""
        if system_prompt and self.messages[0].role != "system":
            return (Message(role="system", content=system_prompt), *self.messages)
        return self.messages


def make_row(
    messages: Sequence[Message], answer: str, *, file: str, line: int, group: str = "", aliases: Sequence[str] = ()
) -> Row:
    """A row with its `row_id`: 16 hex digits of the sha256 of the messages and the answer."""
    content = msgspec.json.encode([[(turn.role, turn.content) for turn in messages], answer])
    return Row(
        row_id=sha256(content).hexdigest()[:16],
        messages=tuple(messages),
        answer=answer,
        file=file,
        line=line,
        group=group,
        aliases=tuple(aliases),
    )
