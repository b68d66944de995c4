"""What was measured of an arm: per row, so that pairs can be compared."""

from __future__ import annotations

from msgspec import Struct

from wrapper.evaluation.answers import FinishReason
from wrapper.evaluation.graders.grade import Grade

__all__ = ["ArmScores", "Grade", "RowScore"]


class RowScore(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The response of an arm to one test row, its grade, and why the response ended where that is known."""

    row_id: str
    response: str
    grade: Grade
    prompt_tokens: int = 0
    generated_tokens: int = 0
    group: str = ""
    finish_reason: FinishReason = ""


class ArmScores(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All rows of one arm. `seconds` are those of answering all rows; loading or fitting is left out.

    `usd` is what an endpoint asked for the answers, None on a device that is paid by the hour; `prompts_cut`
    counts prompts that did not fit the model's context. `answers_cut` counts answers that reached the most tokens
    that they may have, `answers_filtered` those that a content filter refused, `answers_empty` all without any text.
    """

    version: int = 1
    arm: str
    scoring: str = "generated"  # or `likelihood`: the label with the highest log-likelihood
    metric: str
    rows: tuple[RowScore, ...]
    seconds: float
    detail: str = ""
    usd: float | None = None
    prompts_cut: int = 0
    answers_cut: int = 0
    answers_filtered: int = 0
    answers_empty: int = 0

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
