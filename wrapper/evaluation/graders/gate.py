"""The grader gate: before any model runs, gold answers must score 1 and junk must score 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from wrapper.evaluation.graders.protocol import Grader

_TELLING_ROWS = 10  # with fewer rows one answer for all may be chance
_LETTERS = "bcdfghjkmpqvwxz"  # no vowels: no word of a language, no label


@dataclass(frozen=True, kw_only=True)
class GraderProblem:
    """`row` is the 0-based index among the gold answers."""

    row: int
    message: str


def self_test(grader: Grader, golds: Sequence[str], seed: int) -> list[GraderProblem]:
    """Grade each gold answer against itself, and against it nothing, junk and another row's gold answer.

    Each must score 1 against itself; nothing and junk must score 0; another row's gold answer, where it
    reads as another answer, must score 0, or below 1 where the metric is graded.
    """
    random = Random(seed)
    read = [grader.grade(gold, gold) for gold in golds]
    problems: list[GraderProblem] = []
    answers = sorted({grade.answer for grade in read if grade.score == 1})
    if len(golds) >= _TELLING_ROWS and len(set(golds)) > 1 and len(answers) == 1:
        told = f"all gold answers read as `{answers[0]}`: does the metric fit?"
        problems.append(GraderProblem(row=0, message=told))
    source = {grade.answer: gold for grade, gold in zip(read, golds, strict=True)}
    for row, (gold, grade) in enumerate(zip(golds, read, strict=True)):
        if grade.score is None:
            problems.append(GraderProblem(row=row, message=f"cannot be graded: {grade.explanation}"))
            continue
        if grade.score != 1:
            told = f"scores {grade.score:g} against itself: {grade.explanation}"
            problems.append(GraderProblem(row=row, message=told))
            continue
        others = [answer for answer in random.sample(answers, min(2, len(answers))) if answer != grade.answer]
        another = source[others[0]] if others else None
        problems.extend(GraderProblem(row=row, message=told) for told in _junk(grader, gold, another, random))
    return problems


def _junk(grader: Grader, gold: str, another: str | None, random: Random) -> list[str]:
    words = " ".join("".join(random.choices(_LETTERS, k=6)) for _ in range(4))
    told = [
        f"{name} scores {score:g}, not 0"
        for name, response in (("an empty response", ""), ("a response of random letters", words))
        if (score := grader.grade(response, gold).score or 0.0) != 0
    ]
    if another is not None:
        score = grader.grade(another, gold).score or 0.0
        if score == 1 or (grader.binary and score != 0):
            told.append(f"the gold answer of another row scores {score:g}")
    return told
