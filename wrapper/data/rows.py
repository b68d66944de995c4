"""One supervised example, whatever shape the user's file had."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Message:
    """One turn of a chat; `role` is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """What the model is given and the gold answer.

    `row_id` is a digest of content (messages and answer), so that pairs join across runs and files.
    `messages` ends with a user turn; a system turn stands first where the row brings its own.
    `file` and `line` (1-based; the row's number where a format has no lines) say where it came from.
    """

    row_id: str
    messages: tuple[Message, ...]
    answer: str
    file: str
    line: int

    @property
    def input_text(self) -> str:
        """The last user turn: what changes from row to row."""
        return self.messages[-1].content
