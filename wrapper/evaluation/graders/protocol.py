"""What every grader offers: a pure comparison of responses with gold answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from wrapper.evaluation.graders.grade import Grade

# Which rows the gold answer of another row must be wrong in: in each, in most (where some may well be right),
# or in none, because the grader does not look at the gold answer.
Contrast = Literal["each", "most", "none"]


class Grader(Protocol):
    """`binary` says that the scores are only 0 and 1.

    What the gate may expect is said by two attributes that can be left out: `junk_score: float` is the most that
    random letters may score (0 if left out), `contrast: Contrast` is `each` if left out.
    """

    @property
    def name(self) -> str: ...

    @property
    def binary(self) -> bool: ...

    def grade(self, response: str, gold: str) -> Grade:
        """Score the response; None where the gold answer itself cannot be read."""


@runtime_checkable
class RowsGrader(Protocol):
    """A grader that needs the question, or all rows at once; else as `Grader`."""

    @property
    def name(self) -> str: ...

    @property
    def binary(self) -> bool: ...

    def grade_rows(self, questions: Sequence[str], responses: Sequence[str], golds: Sequence[str]) -> list[Grade]:
        """The grade of each response, in order."""


AnyGrader: TypeAlias = Grader | RowsGrader


def right(answer: str) -> Grade:
    return Grade(score=1.0, answer=answer)


def wrong(answer: str, explanation: str) -> Grade:
    return Grade(score=0.0, answer=answer, explanation=explanation)


def ungradable(explanation: str) -> Grade:
    """The response is neither right nor wrong: mostly the gold answer is at fault."""
    return Grade(score=None, explanation=explanation)
