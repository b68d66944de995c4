"""Responses graded row by row, by the best of a row's accepted answers."""

from __future__ import annotations

from collections.abc import Sequence

from wrapper.data.rows import Row
from wrapper.evaluation.graders import AnyGrader, GraderProblem, grade_accepted, self_test
from wrapper.evaluation.scores import Grade


def grade_rows(grader: AnyGrader, rows: Sequence[Row], responses: Sequence[str]) -> list[Grade]:
    """The grade of each response, in the order of the rows. Raises BadInput where a user's function fails."""
    return grade_accepted(grader, [row.input_text for row in rows], responses, [row.accepted for row in rows])


def try_on_rows(grader: AnyGrader, rows: Sequence[Row], seed: int) -> list[GraderProblem]:
    """The grader gate on the gold answers of rows: see `self_test`."""
    return self_test(
        grader,
        [row.answer for row in rows],
        seed,
        questions=[row.input_text for row in rows],
        aliases=[row.aliases for row in rows],
    )
