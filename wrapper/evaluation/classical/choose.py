"""Which classical method answers the test rows: the one that does best on validation rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

from wrapper.data.rows import Row
from wrapper.errors import BadInput
from wrapper.evaluation.classical import labels, nearest, tagger
from wrapper.evaluation.classical.features import Predictor
from wrapper.evaluation.graders import AnyGrader, get_grader
from wrapper.evaluation.grading import grade_rows

_FEW_VALIDATION = 10  # under so many, every fifth training row is held out to choose by
_ROWS_PER_LABEL = 5  # answers that repeat so often are labels, whatever the task is called


@dataclass(frozen=True, kw_only=True)
class ClassicalResult:
    """Responses to the test rows, in their order.

    `candidates` are (method, validation score), the simplest first.
    `fit_seconds` is all the time up to the first answer, the choice included.
    """

    responses: list[str]
    method: str
    fit_seconds: float
    candidates: list[tuple[str, float]]


Fit = Callable[[Sequence[Row], Sequence[Row]], Predictor | None]


def predict(
    kind: str,
    train: Sequence[Row],
    validation: Sequence[Row],
    test: Sequence[Row],
    *,
    grader: AnyGrader,
    seed: int,
) -> ClassicalResult:
    """Fit each method on the train rows, choose by the grader on the validation rows, answer the test rows.

    Equal scores go to the simpler method. Deterministic by seed, one thread. Raises BadInput without
    training rows.
    """
    if not train:
        raise BadInput("the classical rung has no training rows", hint="give `data.train` some rows")
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        started = perf_counter()
        held_out = len(validation) < _FEW_VALIDATION and len(train) >= 2 * _ROWS_PER_LABEL
        known = [row for index, row in enumerate(train) if index % 5] if held_out else train
        judged = train[::5] if held_out else validation
        methods = _methods(kind, train, seed)
        scored: list[tuple[str, float, Predictor, Fit]] = []
        for name, fit in methods:
            predictor = fit(known, () if held_out else validation)
            if predictor is not None:
                scored.append((name, _score(predictor, judged, grader), predictor, fit))
        name, _, predictor, fit = max(scored, key=lambda candidate: candidate[1])
        if held_out:
            predictor = fit(train, ()) or predictor
        fit_seconds = perf_counter() - started
        return ClassicalResult(
            responses=predictor([row.input_text for row in test]) if test else [],
            method=name,
            fit_seconds=fit_seconds,
            candidates=[(name, score) for name, score, _, _ in scored],
        )


def _methods(kind: str, train: Sequence[Row], seed: int) -> list[tuple[str, Fit]]:
    """The simplest first."""
    methods: list[tuple[str, Fit]] = [(nearest.COPIED, lambda rows, _: nearest.fit(rows, slots=False))]
    repeated = len({row.answer for row in train}) * _ROWS_PER_LABEL <= len(train)
    if kind != "classification":
        methods.append((nearest.SLOTS, lambda rows, _: nearest.fit(rows, slots=True)))
    if kind == "classification" or repeated:
        methods.append((labels.NAME, lambda rows, validation: labels.fit(rows, validation, seed)))
    if kind == "extraction":
        methods.append((tagger.NAME, lambda rows, _: tagger.fit(rows, seed)))
    return methods


def _score(predictor: Predictor, rows: Sequence[Row], grader: AnyGrader) -> float:
    """Mean over the rows that can be graded; 0 without any. No judge is paid for it: likeness decides."""
    if not rows:
        return 0.0
    if grader.name == "judge":
        grader = get_grader("chrf")
    responses = predictor([row.input_text for row in rows])
    grades = grade_rows(grader, rows, responses)
    scores = [grade.score for grade in grades if grade.score is not None]
    return sum(scores) / len(scores) if scores else 0.0
