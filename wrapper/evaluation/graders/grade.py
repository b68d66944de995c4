"""What a grader says of one response."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Grade:
    """`score` is 0 to 1, or None where the response could not be graded: not zero.

    `answer` is what was read out of the response; `explanation` says why the score is below 1.
    `parts` holds the graded parts, such as the score of each JSON field; `counts` what aggregates add up over
    rows, such as how many fields were right.
    """

    score: float | None
    answer: str = ""
    explanation: str = ""
    parts: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Half characters, as a cut `\\ud83d` in JSON makes them, are escaped: no file could hold them."""
        object.__setattr__(self, "answer", _writable(self.answer))
        object.__setattr__(self, "explanation", _writable(self.explanation))
        object.__setattr__(self, "parts", {_writable(name): part for name, part in self.parts.items()})


def _writable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
