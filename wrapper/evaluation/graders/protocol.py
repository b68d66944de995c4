"""What every grader offers: a pure comparison of one response with one gold answer."""

from __future__ import annotations

from typing import Protocol

from wrapper.evaluation.scores import Grade


class Grader(Protocol):
    """`binary` says that the scores are only 0 and 1."""

    @property
    def name(self) -> str: ...

    @property
    def binary(self) -> bool: ...

    def grade(self, response: str, gold: str) -> Grade:
        """Score the response; None where the gold answer itself cannot be read."""


def right(answer: str) -> Grade:
    return Grade(score=1.0, answer=answer)


def wrong(answer: str, explanation: str) -> Grade:
    return Grade(score=0.0, answer=answer, explanation=explanation)


def ungradable(explanation: str) -> Grade:
    """The gold answer is at fault, so the response is neither right nor wrong."""
    return Grade(score=None, explanation=explanation)
