"""The arm `hosted`: a model that is rented by the token, on the same rows, under the same budget."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

import msgspec

from wrapper.endpoint import Client
from wrapper.errors import BudgetReached
from wrapper.evaluation.answers import Answer, FinishReason, OnAnswer, Question
from wrapper.evaluation.arms import prompts_of
from wrapper.evaluation.hosted_engine import HostedEngine
from wrapper.evaluation.measure import measure
from wrapper.evaluation.scores import ArmScores
from wrapper.ledger.answers import StoredAnswers
from wrapper.pipeline.measurement import AskedArms, keep
from wrapper.pipeline.run import Run, Step, key_of
from wrapper.pipeline.spending import Till


def measure_hosted(arms: AskedArms) -> list[ArmScores]:
    """Scores on the test rows; stops at the budget, every answer that was paid for kept."""
    run = arms.run
    endpoint = run.loaded.spec.evaluation.hosted
    assert endpoint is not None  # the spec's own check
    rows = arms.prepared.test
    prompts = prompts_of("hosted", rows, arms.prepared.train, arms.prompts)
    with (
        Client(endpoint) as client,
        closing(StoredAnswers(run.project.answers_file)) as store,
        run.step("hosted", key_of("hosted", run.run_id)) as step,
        run.reporter.bar("hosted") as bar,
    ):
        step.free = True  # no device of ours is used
        measuring = arms.measuring(_Metered(HostedEngine(client), run, step), store, by_likelihood=False)
        found = measure(
            "hosted",
            rows,
            prompts,
            measuring,
            detail=endpoint.model,
            on_answer=lambda scoring, done: bar.update(done, len(rows), endpoint.model),
        )
    notes = [*client.notes, *_notes(found.scores, endpoint.model, arms.max_answer_tokens)]
    for note in notes:
        run.reporter.note(note)
    return keep(run, "hosted", replace(found, scores=[_with_doubt(scores) for scores in found.scores]))


def _notes(measured: Sequence[ArmScores], model: str, max_answer_tokens: int) -> Iterator[str]:
    """What says more of how the model was asked than of the model."""
    for scores in measured:
        of_model = f"of {len(scores.rows)} answers of `{model}`"
        if scores.answers_cut:
            empty = _empty(scores, "length")
            why = f", {empty} of them empty: a model that reasons first needs room; " if empty else ": "
            yield (
                f"{scores.answers_cut} {of_model} were cut off at {max_answer_tokens} tokens{why}"
                "raise `task.max_answer_tokens`"
            )
        if scores.answers_filtered:
            yield f"{scores.answers_filtered} {of_model} were refused by a content filter, and graded all the same"
        if unexplained := _empty(scores, "stop", ""):
            yield f"{unexplained} {of_model} are empty, and it does not say why"


def _with_doubt(scores: ArmScores) -> ArmScores:
    """The scores; where most answers are none, `detail` says so."""
    cut, filtered, rows = _empty(scores, "length"), scores.answers_filtered, len(scores.rows)
    if 2 * (cut + filtered) <= rows:
        return scores
    told = [f"{cut} of {rows} answers cut off while empty"] if cut else []
    told += [f"{filtered} of {rows} answers filtered"] if filtered else []
    return msgspec.structs.replace(scores, detail=", ".join([scores.detail, *told]))


def _empty(scores: ArmScores, *reasons: FinishReason) -> int:
    """The answers without any text that ended so."""
    return sum(not row.response.strip() and row.finish_reason in reasons for row in scores.rows)


class _Metered:
    """Counts what each answer costs, and asks nothing that the budget does not allow."""

    def __init__(self, engine: HostedEngine, run: Run, step: Step) -> None:
        self.engine, self.step, self.till = engine, step, Till(run)

    def key(self, question: Question, *, tuned: bool) -> str:
        return self.engine.key(question, tuned=tuned)

    def answer(self, name: str, questions: Sequence[Question], *, tuned: bool, on_answer: OnAnswer) -> None:
        model, expected = self.engine.client.endpoint.model, self.engine.estimate_usd(questions)
        if expected > self.till.left:
            raise BudgetReached(
                f"asking `{model}` {len(questions)} questions may cost up to "
                f"${expected:.4f}, and the budget leaves ${max(0.0, self.till.left):.4f}; nothing was asked",
                hint="raise `budget.max_usd`, measure on fewer `data.test_rows`, or leave the arm `hosted` out",
            )

        def counted(place: int, answer: Answer) -> None:
            on_answer(place, answer)
            self.till.pay(
                self.step,
                answer.usd,
                told=f"the answers of `{model}` cost more than was expected, and the budget "
                "is used up; every answer so far is kept",
                hint="raise `budget.max_usd` and run again: what was answered is not asked again",
            )

        self.engine.answer(name, questions, tuned=tuned, on_answer=counted)
