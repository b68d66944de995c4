"""Measure the arms on the same rows; every answer is kept, so that only what is new costs anything."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import msgspec

from wrapper import __version__
from wrapper.data.prepared import Prepared
from wrapper.data.rows import Row
from wrapper.data.writing import write_folder
from wrapper.environments import Environment
from wrapper.errors import BadInput, BudgetReached
from wrapper.evaluation.answers import AnswerStore, Engine
from wrapper.evaluation.arms import ArmSetting, Prompt, prompts_of
from wrapper.evaluation.classical import predict
from wrapper.evaluation.grader_options import grading_digest
from wrapper.evaluation.graders import AnyGrader
from wrapper.evaluation.grading import grade_rows
from wrapper.evaluation.local_engine import LocalEngine, LocalModel
from wrapper.evaluation.measure import Measured, Measuring, measure
from wrapper.evaluation.prompts import Candidate
from wrapper.evaluation.scores import ArmScores, RowScore
from wrapper.ledger.answers import StoredAnswers
from wrapper.pipeline.reporter import Bar
from wrapper.pipeline.run import Run, Step, key_of
from wrapper.pipeline.spending import seconds_left
from wrapper.spec.fields import ArmName
from wrapper.train.checkpoints import FULL_FILE


def measure_classical(run: Run, prepared: Prepared, grader: AnyGrader) -> ArmScores:
    """The rung without a language model."""
    spec = run.loaded.spec
    task = spec.task
    key = key_of(
        "classical", __version__, prepared.digest, task.kind, task.metric, task.labels, spec.data.seed,
        grading_digest(task.grading, run.loaded.folder), [row.accepted for row in prepared.test],
    )  # fmt: skip
    record, taken = run.done_before(key), 0.0
    if record:
        scores = load_scores(run.project.place(record.detail["made"]))[0]
    else:
        with run.step("classical", key) as step:
            scores = _classical(run, prepared, grader)
            step.detail["made"] = run.project.noted(save_scores(run, "classical", [scores]))
            taken = step.seconds
    if record:
        save_scores(run, "classical", [scores])
    tell(run, scores, seconds=taken, reused=record is not None)
    return scores


def _classical(run: Run, prepared: Prepared, grader: AnyGrader) -> ArmScores:
    """Its seconds are those of answering; fitting, as loading a model, happens once."""
    spec, started = run.loaded.spec, time.monotonic()
    found = predict(
        spec.task.kind, prepared.train, prepared.validation, prepared.test, grader=grader, seed=spec.data.seed
    )
    seconds = time.monotonic() - started - found.fit_seconds
    grades = grade_rows(grader, prepared.test, found.responses)
    return ArmScores(
        arm="classical",
        metric=grader.name,
        rows=tuple(
            RowScore(row_id=row.row_id, group=row.group, response=response, grade=grade)
            for row, response, grade in zip(prepared.test, found.responses, grades, strict=True)
        ),
        seconds=max(0.0, seconds),
        detail=found.method,
    )


@dataclass(frozen=True, kw_only=True)
class AskedArms:
    """All that the arms of a run which are asked in words have in common, whoever answers."""

    run: Run
    prepared: Prepared
    grader: AnyGrader
    labels: tuple[str, ...]
    max_answer_tokens: int
    prompts: ArmSetting
    details: dict[str, str] = field(default_factory=dict)  # of an arm, for the table
    asked: dict[ArmName, Sequence[Prompt]] = field(default_factory=dict)  # what each was asked on the test rows

    def measuring(self, engine: Engine, store: AnswerStore, *, by_likelihood: bool = True) -> Measuring:
        """Any engine asked, and its answers graded, as all arms are."""
        return Measuring(
            engine=engine,
            store=store,
            grader=self.grader,
            labels=self.labels,
            max_answer_tokens=self.max_answer_tokens,
            by_likelihood=by_likelihood,
        )


@dataclass(frozen=True, kw_only=True)
class ModelArms(AskedArms):
    """Those that the local model answers, in its environment."""

    model: LocalModel
    environment: Environment

    def session(self, *, adapter: Path | None = None, adapter_digest: str = "", online: bool = False) -> Session:
        """One loaded model that answers for as many arms as are asked of it."""
        model = self.model
        if adapter is not None and (adapter / FULL_FILE).is_file():  # whole weights stand in the base model's place
            model = replace(model, path=adapter, adapter_digest=adapter_digest)
        elif adapter is not None:
            model = replace(model, adapter=adapter, adapter_digest=adapter_digest)
        return Session(self, model, online=online)


class Session:
    """Starts the model when the first new question is asked, and records what that costs."""

    def __init__(self, arms: ModelArms, model: LocalModel, *, online: bool) -> None:
        self.arms, self.run = arms, arms.run
        self.store = StoredAnswers(self.run.project.answers_file)
        self.folder = self.run.folder / "evaluation" / ("tuned" if model.adapter_digest else "base")
        self.engine = LocalEngine(
            model, arms.environment, self.folder, started=self._begin, tick=self._tick, online=online
        )
        self._measuring = arms.measuring(self.engine, self.store)
        self._open = ExitStack()
        self._step: Step | None = None
        self._bar: Bar | None = None
        self._seconds_left: float | None = None

    def __enter__(self) -> Self:
        self._open.callback(self.store.close)
        return self

    def __exit__(self, *exception: object) -> bool | None:
        self.engine.close()
        return self._open.__exit__(*exception)  # type: ignore[arg-type]

    def use_prompt(self, candidate: Candidate) -> None:
        """What the untuned arms say from here on."""
        arms = self.arms
        chosen = replace(arms.prompts, candidate=candidate)
        self.arms = replace(arms, prompts=chosen, details=arms.details | {"prompted": f"prompt {candidate.name}"})

    def measure(self, arm: ArmName) -> list[ArmScores]:
        """The scores of an arm on the test rows, told and kept."""
        return keep(self.run, arm, self.ask(arm, self.arms.prepared.test, self.prompts_of(arm)))

    def prompts_of(self, arm: ArmName) -> Sequence[Prompt]:
        """What an arm is asked on the test rows; noted for an export."""
        arms = self.arms
        prompts = prompts_of(arm, arms.prepared.test, arms.prepared.train, arms.prompts)
        arms.asked[arm] = prompts
        return prompts

    def ask(
        self, name: str, rows: Sequence[Row], prompts: Sequence[Prompt], *, scorings: Sequence[str] | None = None
    ) -> Measured:
        """Measure under any name, on any rows."""

        def on_answer(scoring: str, done: int) -> None:
            if self._bar:
                self._bar.update(done, len(rows), f"{name} {scoring}".replace("_", " "))

        detail = self.arms.details.get(name, "")
        return measure(name, rows, prompts, self._measuring, detail=detail, scorings=scorings, on_answer=on_answer)

    def _begin(self) -> None:
        """Money is spent from here on."""
        run = self.run
        self._seconds_left = seconds_left(run)
        _stop_at_cap(self._seconds_left, 0.0)
        events = run.project.noted(self.engine.events_file)
        key = key_of("evaluation", run.run_id, self.folder.name)
        self._step = self._open.enter_context(run.step("evaluation", key, events_file=events))
        self._bar = self._open.enter_context(run.reporter.bar("evaluation"))
        self._bar.update(0, 1, "loading the model")

    def _tick(self) -> None:
        assert self._step is not None
        self._step.tick()
        _stop_at_cap(self._seconds_left, self._step.seconds)


def _stop_at_cap(left: float | None, taken: float) -> None:
    if left is not None and taken >= left:
        raise BudgetReached(
            "the budget is used up in the middle of the evaluation; every answer so far is kept",
            hint="raise `budget.max_usd` or `budget.max_gpu_hours`, or lower `data.test_rows`, and run again",
        )


def keep(run: Run, arm: str, found: Measured) -> list[ArmScores]:
    """Write the scores of an arm into the run's folder, and tell them."""
    key = key_of("arm", run.run_id, arm)
    with run.step(arm, key) as step:
        step.free = True  # its seconds are those of the evaluation step
        step.detail["made"] = run.project.noted(save_scores(run, arm, found.scores))
    for scores in found.scores:
        tell(run, scores, reused=not found.new)
        if scores.prompts_cut:
            run.reporter.note(f"{scores.prompts_cut} prompts of `{scores.name}` were longer than the model's context")
    return found.scores


def save_scores(run: Run, arm: str, scores: list[ArmScores]) -> Path:
    """Write the scores whole, and say where."""
    folder = run.folder / "scores"
    write_folder(folder, {f"{arm}.json": msgspec.json.encode(scores)})
    return folder / f"{arm}.json"


def load_scores(file: Path) -> list[ArmScores]:
    """The scores in a file that `save_scores` wrote."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=list[ArmScores])
    except (OSError, ValueError) as failure:
        raise BadInput(
            f"the scores in {file} cannot be read: {failure}", hint="remove that file, and the arm is measured again"
        ) from None


def tell(run: Run, scores: ArmScores, *, seconds: float | None = None, reused: bool = False) -> None:
    """One line of an arm."""
    mean = scores.mean
    text = "could not be graded" if mean is None else f"{mean:.3f}"
    detail = f"  {scores.detail}" if scores.detail else ""
    run.reporter.step(
        scores.name, f"{text}{detail}", seconds=scores.seconds if seconds is None else seconds, reused=reused
    )
