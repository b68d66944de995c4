"""A user's own Python function as a grader: called row by row, its answers checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from traceback import extract_tb

from wrapper.errors import BadInput
from wrapper.evaluation.graders.grade import Grade
from wrapper.evaluation.graders.protocol import ungradable
from wrapper.evaluation.graders.user_code import OutOfTime, printable, stdout_kept, time_limit

_SHOWN_CHARACTERS = 80


@dataclass(frozen=True, kw_only=True)
class FunctionGrader:
    """Raises BadInput where the function raises, or returns what is no score.

    A row is ungradable where it returns None, calls `sys.exit` or takes longer than `limit_seconds`.
    The function gets all that the model wrote, thinking aloud too. What it prints goes to stderr.
    """

    function: Callable[[str, str, str], object]
    limit_seconds: float = 30.0
    name: str = "function"
    binary: bool = False

    def grade_rows(self, questions: Sequence[str], responses: Sequence[str], golds: Sequence[str]) -> list[Grade]:
        rows = zip(questions, responses, golds, strict=True)
        with stdout_kept():
            return [self._grade(question, response, gold) for question, response, gold in rows]

    def _grade(self, question: str, response: str, gold: str) -> Grade:
        try:
            with time_limit(self.limit_seconds):
                given = self.function(response, gold, question)
        except OutOfTime:
            return ungradable(f"the function took longer than {self.limit_seconds:g} s")
        except SystemExit as left:
            code = "" if left.code is None else printable(str(left.code))
            return ungradable(f"the function called `sys.exit({code})`")
        except Exception as failure:
            raise BadInput(
                printable(f"{self._place(failure)}: {type(failure).__name__}: {failure}"),
                hint=f"`task.grading.function` was called with the response {_short(response)}, "
                f"the gold answer {_short(gold)} and the question {_short(question)}",
            ) from failure
        if given is None:
            return ungradable("the function returned None")
        score = _score(given)
        if score is None:
            raise BadInput(
                f"{self._place()}: `{self._called}` returned {_short(given)}, which is no score",
                hint=f"return a number from 0 to 1, or None where it cannot grade; the question was {_short(question)}",
            )
        return Grade(score=score, answer=response.strip(), explanation="" if score == 1 else "by your function")

    @property
    def _called(self) -> str:
        return str(getattr(self.function, "__name__", self.function))

    def _place(self, failure: BaseException | None = None) -> str:
        """The line of the user's file where it failed, or where the function begins."""
        code = getattr(self.function, "__code__", None)
        if code is None:
            return f"`{self._called}`"
        lines = (
            [frame.lineno for frame in extract_tb(failure.__traceback__) if frame.filename == code.co_filename]
            if failure
            else []
        )
        return f"{code.co_filename}:{lines[-1] if lines else code.co_firstlineno}"


def _score(given: object) -> float | None:
    """None for what is no number from 0 to 1."""
    if not isinstance(given, Real) and type(given).__name__ not in ("bool", "bool_"):
        return None
    score = float(given)  # type: ignore[arg-type]
    return score if math.isfinite(score) and 0 <= score <= 1 else None


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[:_SHOWN_CHARACTERS]}..."
