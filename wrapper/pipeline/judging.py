"""The metric `judge` within a run: its answers kept in the project, its price counted against the budget."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from wrapper.endpoint import Client
from wrapper.errors import BudgetReached
from wrapper.evaluation.graders import GraderProblem
from wrapper.evaluation.judge import JudgeGrader, judge_self_test
from wrapper.evaluation.scores import Grade
from wrapper.ledger.answers import StoredAnswers
from wrapper.pipeline.run import Run, Step, key_of
from wrapper.pipeline.spending import Till

_HINT = "raise `budget.max_usd` and run again: what was judged is not asked again"


class BudgetedJudge:
    """A judge that asks nothing that the budget does not allow. Every verdict is kept as it arrives."""

    name = "judge"
    binary = False

    def __init__(self, run: Run) -> None:
        judge = run.loaded.spec.task.grading.judge
        assert judge is not None  # the spec's own check
        self.run, self.judge = run, judge
        self._step: Step | None = None
        self._steps = ExitStack()
        self._till = Till(run)
        store = StoredAnswers(run.project.answers_file)
        self.grader = JudgeGrader(judge, Client(judge), store, on_usd=self._pay)

    def grade_rows(self, questions: Sequence[str], responses: Sequence[str], golds: Sequence[str]) -> list[Grade]:
        """As JudgeGrader; the money goes to the ledger as it is spent."""
        with self._paying():
            expected = self.grader.estimate(questions, responses, golds)
            if expected > self._till.left:
                raise BudgetReached(
                    f"judging {len(questions)} answers by `{self.judge.model}` may cost about ${expected:.4f}, "
                    f"and the budget leaves ${self._till.left:.4f}; nothing was asked",
                    hint="raise `budget.max_usd`, or measure on fewer `data.test_rows`",
                )
            return self.grader.grade_rows(questions, responses, golds)

    def self_test(self, questions: Sequence[str], golds: Sequence[str], seed: int) -> list[GraderProblem]:
        """The grader gate of a judge, by real calls on a few rows."""
        with self._paying():
            return judge_self_test(self.grader, questions, golds, seed)

    @contextmanager
    def _paying(self) -> Iterator[None]:
        """What is asked meanwhile is a step of the run, which begins with the first dollar."""
        self._till = Till(self.run)
        if self._till.left <= 0:
            raise BudgetReached(f"the budget is used up, and the judge `{self.judge.model}` was not asked", hint=_HINT)
        with ExitStack() as self._steps:
            yield
        self._step = None

    def _pay(self, usd: float) -> None:
        if self._step is None:
            self._step = self._steps.enter_context(self.run.step("judge", key_of("judge", self.run.run_id)))
            self._step.free = True
        told = f"the judge `{self.judge.model}` has used up the budget; every verdict so far is kept"
        self._till.pay(self._step, usd, told=told, hint=_HINT)
