"""What was measured of an arm: per row, so that pairs can be compared."""

from __future__ import annotations

from msgspec import Struct


class Grade(Struct, frozen=True, kw_only=True):
    """What a grader says of one response. `score` is None where it could not be graded: not zero.

    `answer` is what was read out of the response; `explanation` says why the score is below 1.
    `parts` holds the graded parts, such as the score of each JSON field.
    """

    score: float | None
    answer: str = ""
    explanation: str = ""
    parts: dict[str, float] = {}


class RowScore(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The response of an arm to one test row, and its grade."""

    row_id: str
    response: str
    grade: Grade
    prompt_tokens: int = 0
    generated_tokens: int = 0


class ArmScores(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All rows of one arm. `seconds` is wall-clock time of answering all rows; loading or fitting is left out."""

    version: int = 1
    arm: str
    scoring: str = "generated"  # or `likelihood`: the label with the highest log-likelihood
    metric: str
    rows: tuple[RowScore, ...]
    seconds: float
    detail: str = ""

    @property
    def name(self) -> str:
        """`prompted`, or `prompted (likelihood)`."""
        return self.arm if self.scoring == "generated" else f"{self.arm} ({self.scoring})"

    @property
    def graded(self) -> tuple[RowScore, ...]:
        return tuple(row for row in self.rows if row.grade.score is not None)

    @property
    def mean(self) -> float | None:
        """Mean score over the graded rows, 0 to 1; None where nothing could be graded."""
        scores = [row.grade.score for row in self.rows if row.grade.score is not None]
        return sum(scores) / len(scores) if scores else None
