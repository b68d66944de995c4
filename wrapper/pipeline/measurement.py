"""Measure the arms that were not measured before on the same rows; keep every row's answer and grade."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from wrapper import __version__
from wrapper.data.prepare import Prepared
from wrapper.environments import Environment
from wrapper.errors import BadInput
from wrapper.evaluation.arms import ArmSetting
from wrapper.evaluation.classical import predict
from wrapper.evaluation.graders import Grader
from wrapper.evaluation.scores import ArmScores, RowScore
from wrapper.evaluation.session import EvaluationSetting, measure_arms
from wrapper.models import ModelFolder
from wrapper.pipeline.reporter import Bar
from wrapper.pipeline.run import Run, Step, key_of
from wrapper.spec.fields import ArmName
from wrapper.train.checkpoints import FULL_FILE


def measure_classical(run: Run, prepared: Prepared, grader: Grader) -> ArmScores:
    """The rung without a language model."""
    spec = run.loaded.spec
    task = spec.task
    key = key_of(
        "classical", __version__, prepared.digest, task.kind, task.metric, task.labels, spec.data.seed
    )  # fmt: skip
    record, taken = run.done_before(key), 0.0
    if record:
        scores = _load(run.project.place(record.detail["made"]))[0]
    else:
        with run.step("classical", key) as step:
            scores = _classical(run, prepared, grader)
            _save(run, step, "classical", [scores])
            taken = step.seconds
    _tell(run, scores, seconds=taken, reused=record is not None)
    return scores


def _classical(run: Run, prepared: Prepared, grader: Grader) -> ArmScores:
    """Its seconds are those of answering; fitting, as loading a model, happens once."""
    spec, started = run.loaded.spec, time.monotonic()
    found = predict(
        spec.task.kind, prepared.train, prepared.validation, prepared.test, grader=grader, seed=spec.data.seed
    )
    seconds = time.monotonic() - started - found.fit_seconds
    return ArmScores(
        arm="classical",
        metric=grader.name,
        rows=tuple(
            RowScore(row_id=row.row_id, response=response, grade=grader.grade(response, row.answer))
            for row, response in zip(prepared.test, found.responses, strict=True)
        ),
        seconds=max(0.0, seconds),
        detail=found.method,
    )


@dataclass(frozen=True, kw_only=True)
class ModelArms:
    """All that the model arms of a run have in common."""

    run: Run
    prepared: Prepared
    grader: Grader
    labels: tuple[str, ...]
    model: ModelFolder
    environment: Environment
    setting: EvaluationSetting

    def key(self, arm: ArmName, adapter_digest: str) -> str:
        """What the scores of an arm depend on; speed settings are not among it."""
        shared: ArmSetting = self.setting.arms
        return key_of(
            "arm", __version__, arm, adapter_digest, self.prepared.digest, self.model.fingerprint, shared.system_prompt,
            shared.shots if arm in ("few_shot", "retrieved_examples") else 0, shared.seed, self.grader.name,
            self.labels, self.setting.max_answer_tokens, self.setting.dtype, self.environment.lock_digest,
        )  # fmt: skip

    def measure(
        self, arms: Sequence[ArmName], *, adapter: Path | None = None, adapter_digest: str = ""
    ) -> list[ArmScores]:
        """Scores of the arms, in their order; only those that are new are run, all in one process."""
        keys = {arm: self.key(arm, adapter_digest) for arm in arms}
        records = {arm: self.run.done_before(key) for arm, key in keys.items()}
        known = {arm: _load(self.run.project.place(record.detail["made"])) for arm, record in records.items() if record}
        missing = [arm for arm in arms if arm not in known]
        for arm in arms:
            for scores in known.get(arm, []):
                _tell(self.run, scores, reused=True)
        if missing:
            known |= self._measure_missing(missing, keys, adapter)
        return [scores for arm in arms for scores in known[arm]]

    def _setting_for(self, trained: Path | None) -> EvaluationSetting:
        """An adapter goes on the base model; a folder that holds whole weights stands in its place."""
        if trained is not None and (trained / FULL_FILE).is_file():
            return replace(self.setting, model_path=trained)
        return replace(self.setting, adapter=trained)

    def _measure_missing(
        self, arms: Sequence[ArmName], keys: dict[ArmName, str], adapter: Path | None
    ) -> dict[ArmName, list[ArmScores]]:
        run = self.run
        tasks = len(arms) * (2 if self.labels else 1)
        folder = run.folder / "evaluation" / "-".join(arms)
        events = folder / "events.jsonl"
        with (
            run.step("evaluation", key_of(keys), events_file=run.project.noted(events)) as step,
            run.reporter.bar("evaluation") as bar,
        ):
            scores = measure_arms(
                arms,
                train=self.prepared.train,
                test=self.prepared.test,
                grader=self.grader,
                setting=self._setting_for(adapter),
                environment=self.environment,
                folder=folder,
                on_event=_follow(step, bar, tasks * len(self.prepared.test)),
            )
        found: dict[ArmName, list[ArmScores]] = {}
        for arm in arms:
            found[arm] = [one for one in scores if one.arm == arm]
            with run.step(arm, keys[arm]) as kept:
                kept.free = True  # its seconds are those of the evaluation step
                _save(run, kept, arm, found[arm])
            for one in found[arm]:
                _tell(run, one)
        return found


def _follow(step: Step, bar: Bar, total: int) -> Callable[[dict[str, Any], float], None]:
    """Move the bar with the worker's events, and keep the cost on disk."""
    before, current, task = 0, 0, "loading the model"

    def on_event(event: dict[str, Any], seconds: float) -> None:
        nonlocal before, current, task
        if event["event"] == "task":
            before, current, task = before + current, 0, str(event["task"]).replace("_", " ")
        elif event["event"] == "rows":
            current = int(event["rows"])
        step.tick()
        bar.update(before + current, total, task)

    return on_event


def _save(run: Run, step: Step, arm: str, scores: list[ArmScores]) -> None:
    """Write the scores whole, then let the ledger know where."""
    file = run.folder / "scores" / f"{arm}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".draft")
    draft.write_bytes(msgspec.json.encode(scores))
    draft.replace(file)
    step.detail["made"] = run.project.noted(file)


def _load(file: Path) -> list[ArmScores]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=list[ArmScores])
    except (OSError, ValueError) as failure:
        raise BadInput(
            f"the scores in {file} cannot be read: {failure}", hint="remove that file, and the arm is measured again"
        ) from None


def _tell(run: Run, scores: ArmScores, *, seconds: float | None = None, reused: bool = False) -> None:
    mean = scores.mean
    text = "could not be graded" if mean is None else f"{mean:.3f}"
    detail = f"  {scores.detail}" if scores.detail else ""
    run.reporter.step(
        scores.name, f"{text}{detail}", seconds=scores.seconds if seconds is None else seconds, reused=reused
    )
