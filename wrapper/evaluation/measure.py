"""One arm on rows: its questions asked, its answers graded; label tasks by likelihood too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wrapper.data.rows import Row
from wrapper.evaluation.answers import Answer, AnswerStore, Engine, Question, ask
from wrapper.evaluation.arms import Prompt
from wrapper.evaluation.graders import AnyGrader
from wrapper.evaluation.grading import grade_rows
from wrapper.evaluation.scores import ArmScores, RowScore

GENERATED, LIKELIHOOD = "generated", "likelihood"


def scorings_of(labels: Sequence[str]) -> tuple[str, ...]:
    """The ways in which an arm is scored: labels by likelihood too."""
    return (GENERATED, LIKELIHOOD) if labels else (GENERATED,)


@dataclass(frozen=True, kw_only=True)
class Measuring:
    """What all arms share: who is asked, where answers are kept, how they are graded.

    With `labels` every arm is scored by likelihood as well, but for an engine that cannot (`by_likelihood`).
    """

    engine: Engine
    store: AnswerStore
    grader: AnyGrader
    labels: tuple[str, ...]
    max_answer_tokens: int
    by_likelihood: bool = True

    @property
    def scorings(self) -> tuple[str, ...]:
        return scorings_of(self.labels if self.by_likelihood else ())


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The scores of an arm, one a way of scoring, and how many of its answers were new."""

    scores: list[ArmScores]
    new: int


def measure(
    arm: str,
    rows: Sequence[Row],
    prompts: Sequence[Prompt],
    measuring: Measuring,
    *,
    detail: str = "",
    scorings: Sequence[str] | None = None,
    on_answer: Callable[[str, int], None] = lambda scoring, done: None,
) -> Measured:
    """Ask and grade; an arm whose name begins with `tuned` is asked with the adapter."""
    found, new = [], 0
    for scoring in measuring.scorings if scorings is None else scorings:
        choices = measuring.labels if scoring == LIKELIHOOD else ()
        questions = [
            Question(turns=prompt, max_answer_tokens=measuring.max_answer_tokens, choices=choices) for prompt in prompts
        ]
        asked = ask(
            measuring.engine,
            measuring.store,
            f"{arm}_{scoring}",
            questions,
            tuned=arm.startswith("tuned"),
            on_answer=lambda done, scoring=scoring: on_answer(scoring, done),  # type: ignore[misc]
        )
        new += asked.new
        found.append(_scores(arm, scoring, rows, asked.answers, measuring, detail))
    return Measured(scores=found, new=new)


def _scores(
    arm: str, scoring: str, rows: Sequence[Row], answers: Sequence[Answer], measuring: Measuring, detail: str
) -> ArmScores:
    responses = [_response(answer, measuring.labels) for answer in answers]
    graded = grade_rows(measuring.grader, rows, responses)
    usd = sum(answer.usd for answer in answers)
    return ArmScores(
        arm=arm,
        scoring=scoring,
        metric=measuring.grader.name,
        rows=tuple(
            RowScore(
                row_id=row.row_id,
                group=row.group,
                response=response,
                grade=grade,
                prompt_tokens=answer.prompt_tokens,
                generated_tokens=answer.generated_tokens,
                finish_reason=answer.finish_reason,
            )
            for row, response, grade, answer in zip(rows, responses, graded, answers, strict=True)
        ),
        seconds=sum(answer.seconds for answer in answers),
        usd=usd or None,
        prompts_cut=sum(answer.prompt_cut for answer in answers),
        answers_cut=sum(answer.finish_reason == "length" for answer in answers),
        answers_filtered=sum(answer.finish_reason == "content_filter" for answer in answers),
        answers_empty=sum(answer.is_empty for answer in answers),
        detail=detail,
    )


def _response(answer: Answer, labels: Sequence[str]) -> str:
    if not answer.loglikelihoods:
        return answer.response
    return labels[max(range(len(labels)), key=answer.loglikelihoods.__getitem__)]
