"""The grader gate of a judge: on a few rows, it must tell a gold answer from junk and find it equal to itself."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from wrapper.evaluation.graders.gate import GraderProblem
from wrapper.evaluation.judge.grader import JudgeGrader
from wrapper.evaluation.scores import Grade

_ROWS = 5
_LETTERS = "bcdfghjkmpqvwxz"  # no vowels: no word of a language


def judge_self_test(
    grader: JudgeGrader, questions: Sequence[str], golds: Sequence[str], seed: int
) -> list[GraderProblem]:
    """Let the judge compare gold answers with themselves, with random letters and with another row's gold answer.

    By real calls, on at most five rows: itself must score 1, letters 0, the gold answer of another row below 1.
    """
    random = Random(seed)
    rows = sorted(random.sample(range(len(golds)), min(_ROWS, len(golds))))
    cases: list[tuple[int, str, str]] = []
    for row in rows:
        letters = " ".join("".join(random.choices(_LETTERS, k=6)) for _ in range(4))
        others = sorted({gold for gold in golds if gold.strip() != golds[row].strip()})
        cases += [(row, "itself", golds[row]), (row, "random letters", letters)]
        cases += [(row, "the gold answer of another row", random.choice(others))] if others else []
    grades = grader.judged([(questions[row], response, golds[row]) for row, _, response in cases])
    return [
        GraderProblem(row=row, message=told)
        for (row, name, _), grade in zip(cases, grades, strict=True)
        if (told := _problem(name, grade))
    ]


def _problem(name: str, grade: Grade) -> str:
    """What is wrong with the grade of what is named against the gold answer, to be read on after "gold answer"."""
    if grade.score is None:
        return f"cannot be held against {name} by the judge: {grade.explanation}"
    if name == "itself":
        return "" if grade.score == 1 else f"held against itself scores {grade.score:g}, not 1: {grade.explanation}"
    if name == "random letters":
        return "" if grade.score == 0 else f"is found no better than random letters, which score {grade.score:g}, not 0"
    return "" if grade.score < 1 else f"is found no better than {name}, which scores 1"
