"""Reads what a project's ledger, results and folders hold into the evidence for its checklist."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from msgspec import Struct

from wrapper.ledger.records import RunRecord, StepRecord
from wrapper.models.candidates import preset_of
from wrapper.models.licence import licences_of_model
from wrapper.pipeline.checklist.evidence import Changeable, DataEvidence, Evidence, RunEvidence, TrainingEvidence
from wrapper.pipeline.checklist.models import smaller_presets
from wrapper.pipeline.checklist.rows import FrozenRows, data_evidence, frozen_rows
from wrapper.pipeline.licence_gate import refusals_of, told
from wrapper.pipeline.project import Project, find_project
from wrapper.pipeline.results import RunResult
from wrapper.pipeline.run import key_of
from wrapper.pipeline.task_prompt import system_prompt_of
from wrapper.spec.fields import Spec
from wrapper.spec.read import LoadedSpec
from wrapper.train.checkpoints import ADAPTER_FILE

_BY_HAND = "set by you"  # the plan's reason for a number that the spec fixes
_FIXED = ("learning_rate", "epochs", "lora_r", "lora_alpha", "lora_dropout", "lr_scheduler", "weight_decay", "seed")


class _RowId(Struct, frozen=True):
    row_id: str


class _ScoredRows(Struct, frozen=True):
    """Of a file of scores only which rows it is of."""

    rows: tuple[_RowId, ...]


def read_evidence(loaded: LoadedSpec) -> Evidence:
    """Before the first run only what the spec says; no project is begun."""
    spec = loaded.spec
    evidence = Evidence(
        spec=spec,
        spec_path=loaded.path,
        licences=licences_of_model(spec.model, loaded.folder),
        refusals=tuple(told(one) for one in refusals_of(spec.model, loaded.folder)),
        smaller=smaller_presets(spec.model, spec.training.backend, loaded.folder),
    )
    if not (loaded.folder / ".thriftune" / "ledger").is_file():
        return evidence
    project = find_project(loaded.folder)
    reader = _Reader(project=project, spec=spec, frozen=frozen_rows(project, loaded))
    results = reader.results()
    return replace(
        evidence,
        runs=tuple(results),
        data=reader.data(results),
        trainings=tuple(reader.trainings(results)),
        spent=project.ledger.spent(),
    )


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """Of the runs of one task: a folder may hold the specs of several."""

    project: Project
    spec: Spec
    frozen: FrozenRows | None

    def _runs(self) -> list[RunRecord]:
        return [run for run in self.project.ledger.runs() if run.task == self.spec.task.name]

    def results(self) -> list[RunEvidence]:
        """Of each run that left a result that can be read; a run that is killed leaves none."""
        found = []
        for run in self._runs():
            try:
                file = self.project.run_folder(run.run_id) / "result.json"
                result = msgspec.json.decode(file.read_bytes(), type=RunResult)
            except (OSError, ValueError):
                continue
            found.append(RunEvidence(run_id=run.run_id, result=result, changed=frozenset(self._changed(result))))
        return found

    def data(self, results: list[RunEvidence]) -> DataEvidence | None:
        if self.frozen is None:
            return None
        on_these_rows = [run for run in results if not run.changed & {"test rows", "training rows"}]
        overridden = on_these_rows[0].result.overrides.get("data") if on_these_rows else None
        return data_evidence(self.project, self.frozen, self.spec.data.seed, overridden)

    def trainings(self, results: list[RunEvidence]) -> Iterator[TrainingEvidence]:
        """One of each run that trained; where memory ran out, of its last attempt."""
        for run in self._runs():
            steps = [step for step in self.project.ledger.steps(run.run_id) if step.name == "training"]
            if steps:
                yield self._training(steps, results)

    def _training(self, steps: list[StepRecord], results: list[RunEvidence]) -> TrainingEvidence:
        """Its plan is that of the run, or of one that found the adapter trained: the first was cut off after it."""
        last = steps[-1]
        adapter = self.project.place(last.detail["work"]) / "adapter"
        own = [run for run in results if run.run_id == last.run_id]
        of_adapter = [run for run in results if (run.result.training or {}).get("adapter") == str(adapter)]
        run = next(iter([*own, *of_adapter]), None)
        return TrainingEvidence(
            run_id=last.run_id,
            is_done=last.status == "done",
            seconds=sum(step.seconds for step in steps),
            plan=run.result.plan or {} if run else {},
            relief=tuple(last.detail.get("relief", ())),
            train_digest=run.result.train_digest if run else "",
            prompt=run.result.prompt if run else "",
            changed=run.changed - {"metric", "test rows"} if run else frozenset(),
            checkpoints=len(list(adapter.glob("checkpoint-*"))) if adapter.is_dir() else None,
            has_adapter=(adapter / ADAPTER_FILE).is_file(),
            full_weights=tuple(sorted(file.name for file in adapter.glob("model*.safetensors"))),
        )

    def _changed(self, result: RunResult) -> Iterator[Changeable]:
        """In what the run differs from one that would start now."""
        if result.metric != self.spec.task.metric:
            yield "metric"
        rows = self.frozen.rows if self.frozen else None
        if rows is None or self._scored_rows(result.run_id) != {row.row_id for row in rows.test}:
            yield "test rows"
        if rows is None or result.train_digest != key_of([row.row_id for row in rows.train]):
            yield "training rows"
        prompt = system_prompt_of(self.spec, rows.train) if rows else self.spec.task.prompt
        if result.prompt != prompt:
            yield "prompt"
        if result.plan:
            if result.plan.get("model_name") not in self._model_names():
                yield "model"
            if _trains_otherwise(result.plan, self.spec):
                yield "training settings"

    def _scored_rows(self, run_id: str) -> set[str]:
        """Ids of the rows that some arm of the run was asked."""
        ids: set[str] = set()
        for file in (self.project.run_folder(run_id) / "scores").glob("*.json"):
            try:
                scored = msgspec.json.decode(file.read_bytes(), type=tuple[_ScoredRows, ...])
            except (OSError, ValueError):
                continue
            ids |= {row.row_id for scores in scored for row in scores.rows}
        return ids

    def _model_names(self) -> set[str | None]:
        known = preset_of(self.spec.model)
        return {self.spec.model.preset, self.spec.model.base, known.name if known else None}


def _trains_otherwise(plan: dict[str, Any], spec: Spec) -> bool:
    """True where the spec asks for another way of training, or fixes other numbers, than the plan had."""
    training, reasons = spec.training, plan.get("reasons", {})
    chosen = ("method", "backend", "objective", "lora_variant")
    if any(plan.get(name, getattr(training, name)) != getattr(training, name) for name in chosen):
        return True
    for name in _FIXED:
        fixed = getattr(training.overrides, name)
        if (reasons.get(name) == _BY_HAND) if fixed is None else plan.get(name) != fixed:
            return True
    return False
