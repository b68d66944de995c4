"""The grader gate: before any model runs, gold answers must score 1 and junk must score 0."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from wrapper.evaluation.graders.accepted import grade_accepted
from wrapper.evaluation.graders.grade import Grade
from wrapper.evaluation.graders.protocol import AnyGrader
from wrapper.evaluation.graders.text import lenient

_TELLING_ROWS = 10  # with fewer rows one answer for all may be chance
_LETTERS = "bcdfghjkmpqvwxz"  # no vowels: no word of a language, no label
_FEWEST_LETTERS = 5
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, kw_only=True)
class GraderProblem:
    """`row` is the 0-based index among the gold answers; `message` reads on after the words `gold answer`."""

    row: int
    message: str


def self_test(
    grader: AnyGrader,
    golds: Sequence[str],
    seed: int,
    *,
    questions: Sequence[str] = (),
    aliases: Sequence[Sequence[str]] = (),
) -> list[GraderProblem]:
    """Grade each gold answer against itself, and against it nothing, junk and another row's gold answer.

    Each must score 1 against itself, and so must each alias of the row; nothing and junk must score 0; another
    row's gold answer, where it reads as another answer, must score 0, or below 1 where the metric is graded.
    What a grader cannot keep of this it says itself: see `Grader`. Raises what the grader raises.
    """
    tested = _Tested(
        grader=grader,
        golds=golds,
        questions=questions or [""] * len(golds),
        aliases=aliases or [()] * len(golds),
        random=Random(seed),
    )
    return sorted(tested.problems(), key=lambda problem: problem.row)


@dataclass(frozen=True, kw_only=True)
class _Tested:
    grader: AnyGrader
    golds: Sequence[str]
    questions: Sequence[str]
    aliases: Sequence[Sequence[str]]
    random: Random

    def problems(self) -> Iterator[GraderProblem]:
        read = self._grades(self.golds, [(gold,) for gold in self.golds])
        yield from self._all_alike(read)
        sound = []
        for row, grade in enumerate(read):
            if grade.score == 1:
                sound.append(row)
            else:
                yield self._problem(row, f" {self._not_right(grade)}")
        yield from self._aliases(sound)
        yield from self._junk(sound)
        yield from self._others(sound, read)

    def _problem(self, row: int, told: str) -> GraderProblem:
        return GraderProblem(row=row, message=f"{_quoted(self.golds[row])}{told}")

    def _not_right(self, grade: Grade) -> str:
        if grade.score is None:
            return f"cannot be graded by `{self.grader.name}`: {grade.explanation}"
        return f"scores {grade.score:g}, not 1, against itself by `{self.grader.name}`: {grade.explanation}"

    def _grades(
        self, responses: Sequence[str], accepted: Sequence[Sequence[str]], rows: Sequence[int] | None = None
    ) -> list[Grade]:
        """Of the rows, all of them if not told."""
        questions = [self.questions[row] for row in (range(len(self.golds)) if rows is None else rows)]
        return grade_accepted(self.grader, questions, responses, accepted)

    def _accepted(self, row: int) -> tuple[str, ...]:
        return (self.golds[row], *self.aliases[row])

    @property
    def _contrast(self) -> str:
        return getattr(self.grader, "contrast", "each")

    def _all_alike(self, read: Sequence[Grade]) -> Iterator[GraderProblem]:
        answers = {grade.answer for grade in read if grade.score == 1}
        many = len(self.golds) >= _TELLING_ROWS and len(set(self.golds)) > 1
        if many and len(answers) == 1 and self._contrast != "none":
            alike = f"all gold answers read as {_quoted(answers.pop())} by `{self.grader.name}`"
            yield self._problem(0, f": {alike}: choose a metric that tells them apart")

    def _aliases(self, rows: Sequence[int]) -> Iterator[GraderProblem]:
        pairs = [(row, alias) for row in rows for alias in self.aliases[row]]
        grades = self._grades(
            [alias for _, alias in pairs], [(alias,) for _, alias in pairs], [row for row, _ in pairs]
        )
        for (row, alias), grade in zip(pairs, grades, strict=True):
            if grade.score != 1:
                yield self._problem(row, f" has the alias {_quoted(alias)}, which {self._not_right(grade)}")

    def _junk(self, rows: Sequence[int]) -> Iterator[GraderProblem]:
        most = float(getattr(self.grader, "junk_score", 0.0))
        accepted = [self._accepted(row) for row in rows]
        letters = [self._letters(row) for row in rows]
        for name, responses, limit in (
            ("an empty response", [""] * len(rows), 0.0),
            ("a response of random letters", letters, most),
        ):
            for row, grade in zip(rows, self._grades(responses, accepted, rows), strict=True):
                if (grade.score or 0.0) > limit:
                    most_told = f"more than {limit:g}" if limit else "not 0"
                    told = f": {name} scores {grade.score:g}, {most_told}, against it by `{self.grader.name}`"
                    yield self._problem(row, told)

    def _letters(self, row: int) -> str:
        """Four words of letters that the gold answer does not have, if enough are left."""
        gold = self.golds[row].casefold()
        unused = [letter for letter in _LETTERS if letter not in gold]
        letters = unused if len(unused) >= _FEWEST_LETTERS else list(_LETTERS)
        return " ".join("".join(self.random.choices(letters, k=6)) for _ in range(4))

    def _others(self, sound: Sequence[int], read: Sequence[Grade]) -> Iterator[GraderProblem]:
        if self._contrast == "none":
            return
        source = {read[row].answer: self.golds[row] for row in sound}
        answers = sorted(source)
        rows, others = [], []
        for row in sound:
            drawn = self.random.sample(answers, min(2, len(answers)))
            known = {lenient(answer) for answer in self._accepted(row)}
            found = [
                source[answer]
                for answer in drawn
                if answer != read[row].answer and lenient(source[answer]) not in known
            ]
            if found:
                rows.append(row)
                others.append(found[0])
        name = self.grader.name
        grades = self._grades(others, [self._accepted(row) for row in rows], rows)
        wrong = [
            self._problem(row, f": that of another row, {_quoted(other)}, scores {score:g} against it by `{name}`")
            for row, other, grade in zip(rows, others, grades, strict=True)
            if (score := grade.score or 0.0) == 1 or (self.grader.binary and score != 0)
        ]
        if self._contrast == "each":
            yield from wrong
        elif len(rows) >= _TELLING_ROWS and 2 * len(wrong) > len(rows):
            told = f"in {len(wrong)} of {len(rows)} rows, that of another row scores 1 by `{name}`"
            yield self._problem(wrong[0].row, f": {told}: choose a metric that is less lenient")


def _quoted(text: str) -> str:
    """On one line, without its middle where it is long."""
    line = " ".join(text.split())
    half = _SHOWN_CHARACTERS // 2
    shown = line if len(line) <= _SHOWN_CHARACTERS else f"{line[:half]} ... {line[-half:]}"
    return f"`{shown}`" if shown else "(empty)"
