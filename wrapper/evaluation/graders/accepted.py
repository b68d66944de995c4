"""Several accepted answers to one question: the best grade counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import overload

from wrapper.evaluation.graders.grade import Grade
from wrapper.evaluation.graders.protocol import AnyGrader, Contrast, Grader, RowsGrader
from wrapper.evaluation.graders.text import lenient


def best_grade(grader: Grader, response: str, accepted: Sequence[str]) -> Grade:
    """The best grade of a response over the accepted answers, of which there is one at least."""
    return _best([grader.grade(response, gold) for gold in dict.fromkeys(accepted)])


def grade_accepted(
    grader: AnyGrader, questions: Sequence[str], responses: Sequence[str], accepted: Sequence[Sequence[str]]
) -> list[Grade]:
    """The best grade of each response over the accepted answers of its row."""
    if not isinstance(grader, RowsGrader):
        return [best_grade(grader, response, golds) for response, golds in zip(responses, accepted, strict=True)]
    distinct = [list(dict.fromkeys(golds)) for golds in accepted]
    flat = [
        (question, response, gold)
        for question, response, golds in zip(questions, responses, distinct, strict=True)
        for gold in golds
    ]
    grades = iter(grader.grade_rows([row[0] for row in flat], [row[1] for row in flat], [row[2] for row in flat]))
    return [_best([next(grades) for _ in golds]) for golds in distinct]


def _best(grades: Sequence[Grade]) -> Grade:
    """The first of the best; one without a score only where no other is."""
    return max(grades, key=lambda grade: -1.0 if grade.score is None else grade.score)


class _Aliases:
    """`aliases` maps a gold answer, as `lenient` leaves it, to its other spellings."""

    grader: AnyGrader
    aliases: Mapping[str, Sequence[str]]

    @property
    def name(self) -> str:
        return self.grader.name

    @property
    def binary(self) -> bool:
        return self.grader.binary

    @property
    def junk_score(self) -> float:
        return float(getattr(self.grader, "junk_score", 0.0))

    @property
    def contrast(self) -> Contrast:
        """Another row may have an alias for its gold answer."""
        return "none" if getattr(self.grader, "contrast", "each") == "none" else "most"

    def accepted(self, gold: str) -> list[str]:
        return [gold, *self.aliases.get(lenient(gold), ())]


@dataclass(frozen=True, kw_only=True)
class AliasedGrader(_Aliases):
    """A grader that takes the aliases of a gold answer too."""

    grader: Grader
    aliases: Mapping[str, Sequence[str]]

    def grade(self, response: str, gold: str) -> Grade:
        return best_grade(self.grader, response, self.accepted(gold))


@dataclass(frozen=True, kw_only=True)
class AliasedRowsGrader(_Aliases):
    """The same for a grader of rows."""

    grader: RowsGrader
    aliases: Mapping[str, Sequence[str]]

    def grade_rows(self, questions: Sequence[str], responses: Sequence[str], golds: Sequence[str]) -> list[Grade]:
        return grade_accepted(self.grader, questions, responses, [self.accepted(gold) for gold in golds])


@overload
def with_aliases(grader: Grader, aliases: Mapping[str, Sequence[str]]) -> Grader: ...


@overload
def with_aliases(grader: RowsGrader, aliases: Mapping[str, Sequence[str]]) -> RowsGrader: ...


def with_aliases(grader: AnyGrader, aliases: Mapping[str, Sequence[str]]) -> AnyGrader:
    """The grader itself where there are no aliases."""
    if not aliases:
        return grader
    known = {lenient(gold): tuple(others) for gold, others in aliases.items()}
    if isinstance(grader, RowsGrader):
        return AliasedRowsGrader(grader=grader, aliases=known)
    return AliasedGrader(grader=grader, aliases=known)
