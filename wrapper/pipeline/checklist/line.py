"""One line of the checklist: a question, its state, and the evidence for it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Section = Literal["before", "during", "after"]
State = Literal["ticked", "open", "failed", "not needed"]
SECTIONS: tuple[Section, ...] = ("before", "during", "after")


class Line(Struct, frozen=True, kw_only=True):
    """`evidence` is one sentence; `command` would settle an open line or mend a failed one, empty where none does."""

    section: Section
    question: str
    state: State
    evidence: str
    command: str = ""


class Question(Struct, frozen=True, kw_only=True):
    """A line that is still to be answered; `command` is what would settle it."""

    section: Section
    text: str
    command: str = ""

    def ticked(self, evidence: str) -> Line:
        return Line(section=self.section, question=self.text, state="ticked", evidence=evidence)

    def not_needed(self, reason: str) -> Line:
        return Line(section=self.section, question=self.text, state="not needed", evidence=reason)

    def open(self, reason: str, *, command: str | None = None) -> Line:
        """With the question's command unless another is named."""
        settles = self.command if command is None else command
        return Line(section=self.section, question=self.text, state="open", evidence=reason, command=settles)

    def failed(self, evidence: str, *, command: str = "") -> Line:
        return Line(section=self.section, question=self.text, state="failed", evidence=evidence, command=command)
