"""All failures of the tuned arm by cause, with examples and the nearest training rows, and one recommendation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from wrapper.data.rows import Row
from wrapper.evaluation.failures.causes import SAYS, Cause, Near, Setting, cause_of, similarity
from wrapper.evaluation.failures.label_noise import Suspect, suspect_labels
from wrapper.evaluation.failures.recommendation import Action, Evidence, recommend
from wrapper.evaluation.retrieval import nearest_rows
from wrapper.evaluation.scores import ArmScores
from wrapper.evaluation.verdict import Verdict

_NEIGHBOURS = 3
_EXAMPLES = 5
_SUSPECTS = 50
_EXCERPT = 400
_STILL_FALLING = 0.99


class TrainingRow(Struct, frozen=True, kw_only=True):
    """A training row near a failed one; `similarity` is the share of their words that both have."""

    file: str
    line: int
    input: str
    answer: str
    similarity: float


class FailedRow(Struct, frozen=True, kw_only=True):
    """A test row that the tuned arm got wrong, why as the grader says it, and the nearest training rows."""

    file: str
    line: int
    input: str
    gold: str
    response: str
    explanation: str
    nearest: tuple[TrainingRow, ...]


class CauseGroup(Struct, frozen=True, kw_only=True):
    """The failed rows of one cause; `pair` names the commonest confusion of labels, gold and given."""

    cause: Cause
    says: str
    rows: int
    examples: tuple[FailedRow, ...]
    pair: tuple[str, str, int] | None = None


class SuspectRow(Struct, frozen=True, kw_only=True):
    """A training row whose label rows like it speak against."""

    file: str
    line: int
    input: str
    label: str
    likely: str
    confidence: float


class Diagnosis(Struct, frozen=True, kw_only=True):
    """What went wrong and what to do: `suspects` of the `train_rows` have doubtful labels, the surest are listed."""

    version: int = 1
    failed: int
    graded: int
    causes: tuple[CauseGroup, ...]
    train_rows: int
    suspects: int
    suspect_rows: tuple[SuspectRow, ...]
    action: Action
    recommendation: str


Loss = Literal["falling", "flat", "unknown"]  # of the validation rows at the end of training


def loss_at_end(losses: Sequence[tuple[int, float]]) -> Loss:
    """What (step, loss) of the validation rows say: falling where the last is the least by more than 1 %."""
    if len(losses) < 2:
        return "unknown"
    *before, last = (loss for _, loss in losses)
    return "falling" if last < _STILL_FALLING * min(before) else "flat"


def diagnose(
    tuned: ArmScores,
    *,
    train: Sequence[Row],
    test: Sequence[Row],
    verdict: Verdict,
    labels: Sequence[str],
    system_prompt: str,
    max_answer_tokens: int,
    train_over: int = 0,
    loss: Loss = "unknown",
    seed: int = 0,
) -> Diagnosis:
    """`train_over` is how many training rows were longer than the cap and left out."""
    by_id = {row.row_id: row for row in test}
    failed = [score for score in tuned.graded if score.grade.score != 1]
    setting = Setting(
        labels=frozenset(labels),
        trained_answers=frozenset(row.answer.strip() for row in train),
        system_prompt=system_prompt,
        max_answer_tokens=max_answer_tokens,
    )
    rows = [by_id[score.row_id] for score in failed]
    near = _nearest(train, rows)
    causes = [
        cause_of(row, score, found, setting) for row, score, found in zip(rows, failed, near, strict=True)
    ]
    groups: list[CauseGroup] = []
    for cause, count in Counter(causes).most_common():
        places = [place for place, found in enumerate(causes) if found == cause]
        pairs = Counter((rows[place].answer.strip(), failed[place].grade.answer) for place in places)
        (gold, given), most = pairs.most_common(1)[0]
        groups.append(
            CauseGroup(
                cause=cause,
                says=SAYS[cause],
                rows=count,
                pair=(gold, given, most) if cause == "wrong_label" else None,
                examples=tuple(
                    FailedRow(
                        file=rows[place].file,
                        line=rows[place].line,
                        input=rows[place].input_text[:_EXCERPT],
                        gold=rows[place].answer[:_EXCERPT],
                        response=failed[place].response[:_EXCERPT],
                        explanation=failed[place].grade.explanation,
                        nearest=tuple(map(_training_row, near[place])),
                    )
                    for place in places[:_EXAMPLES]
                ),
            )
        )
    suspects = suspect_labels(train, seed) if labels else []
    action, words = recommend(
        Evidence(
            verdict=verdict,
            failed=len(failed),
            causes=dict(Counter(causes)),
            pair=next((group.pair for group in groups if group.pair), None),
            train_rows=len(train),
            suspects=len(suspects),
            first_suspects=tuple(f"{one.row.file}:{one.row.line}" for one in suspects[:3]),
            train_over=train_over,
            loss=loss,
        )
    )
    return Diagnosis(
        failed=len(failed),
        graded=len(tuned.graded),
        causes=tuple(groups),
        train_rows=len(train),
        suspects=len(suspects),
        suspect_rows=tuple(map(_suspect_row, suspects[:_SUSPECTS])),
        action=action,
        recommendation=words,
    )


def _nearest(train: Sequence[Row], rows: Sequence[Row]) -> list[list[Near]]:
    """The nearest training rows of each row, nearest first."""
    if not rows or not train:
        return [[] for _ in rows]
    found = nearest_rows(train, [row.input_text for row in rows], _NEIGHBOURS)
    return [
        sorted(
            (Near(row=train[place], similarity=round(similarity(row.input_text, train[place].input_text), 3))
             for place in places),
            key=lambda near: -near.similarity,
        )
        for row, places in zip(rows, found, strict=True)
    ]  # fmt: skip


def _training_row(near: Near) -> TrainingRow:
    row = near.row
    return TrainingRow(
        file=row.file,
        line=row.line,
        input=row.input_text[:_EXCERPT],
        answer=row.answer[:_EXCERPT],
        similarity=near.similarity,
    )


def _suspect_row(suspect: Suspect) -> SuspectRow:
    return SuspectRow(
        file=suspect.row.file,
        line=suspect.row.line,
        input=suspect.row.input_text[:_EXCERPT],
        label=suspect.label,
        likely=suspect.likely,
        confidence=round(suspect.confidence, 3),
    )
