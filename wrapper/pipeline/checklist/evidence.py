"""What is known of a project when its checklist is filled in: facts only, each with its run, and how old it is."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

from wrapper.evaluation.compare import Comparison
from wrapper.evaluation.verdict import Verdict
from wrapper.ledger.records import Spend
from wrapper.pipeline.results import ArmLine, RunResult
from wrapper.presets.licence import Licence
from wrapper.spec.fields import TUNED_ARMS, ArmName, Spec

Changeable = Literal["metric", "test rows", "training rows", "model", "prompt", "training settings"]

_OF_EVERY_ARM: frozenset[Changeable] = frozenset(("metric", "test rows"))
_OF_ARM: dict[str, frozenset[Changeable]] = {
    "classical": frozenset(("training rows",)),
    "base": frozenset(("model",)),
    "hosted": frozenset(("prompt",)),
    "prompted": frozenset(("model", "prompt")),
    "rag": frozenset(("model", "prompt")),
    "few_shot": frozenset(("model", "prompt", "training rows")),
    "retrieved_examples": frozenset(("model", "prompt", "training rows")),
}
_NOTHING = Spend(usd=0.0, gpu_hours=0.0)
OF_TRAINING: frozenset[Changeable] = frozenset(("model", "prompt", "training rows", "training settings"))


@dataclass(frozen=True, kw_only=True)
class RunEvidence:
    """A run that left a result; `changed` is what the spec says, or its files hold, otherwise now."""

    run_id: str
    result: RunResult
    changed: frozenset[Changeable]


@dataclass(frozen=True, kw_only=True)
class DataEvidence:
    """The frozen rows of the spec's files. `shared` counts inputs that stand in more than one split.

    `left_out` counts malformed and held-out rows, `near_duplicates` rows that are kept and look like another.
    `is_held` says that the project's held-out file has every validation and test row; `overridden` is the reason for
    passing the data gate all the same.
    """

    run_id: str
    digest: str
    train: int
    validation: int
    test: int
    repeated: int
    left_out: int
    near_duplicates: int
    objections: tuple[str, ...]
    overridden: str | None
    shared: int
    is_held: bool
    held_out_file: str


@dataclass(frozen=True, kw_only=True)
class TrainingEvidence:
    """The training of a run, and what lies in its folder; `checkpoints` is None where that is gone.

    `plan` is the run's, as its result has it, empty where no result tells of this training; `relief` is what was
    changed for want of memory, in words.
    """

    run_id: str
    is_done: bool
    seconds: float
    plan: dict[str, Any]
    relief: tuple[str, ...]
    train_digest: str
    prompt: str
    changed: frozenset[Changeable]
    checkpoints: int | None
    has_adapter: bool
    full_weights: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything that the lines are filled in from; runs and trainings come latest first.

    `refusals` is what the licences have against the product, in words. `smaller` names the model presets below the
    spec's own that its product could use, the largest first; None where the model's size is not known.
    """

    spec: Spec
    spec_path: Path
    runs: tuple[RunEvidence, ...] = ()
    data: DataEvidence | None = None
    trainings: tuple[TrainingEvidence, ...] = ()
    spent: Spend = _NOTHING
    licences: tuple[Licence, ...] = ()
    refusals: tuple[str, ...] = ()
    smaller: tuple[str, ...] | None = None

    def command(self, words: str) -> str:
        """A command on this spec."""
        return f"thriftune {words} {shlex.quote(str(self.spec_path))}"

    @property
    def model_name(self) -> str:
        return self.spec.model.preset or self.spec.model.base or ""

    @property
    def training(self) -> TrainingEvidence | None:
        """The latest whole training, one that this spec would make again before all others."""
        return _latest(one for one in self.trainings if one.is_done)

    @property
    def untuned(self) -> str:
        """Why no tuned model is wanted, empty where one is."""
        if not set(TUNED_ARMS) & set(self.spec.evaluation.arms):
            return "`evaluation.arms` leaves `tuned` out"
        return self.unneeded

    @property
    def unneeded(self) -> str:
        """Why nothing has to be trained, where the need gate said so of what this spec asks; else empty."""
        for run in self.runs:
            is_of_this = run.result.target == self.spec.task.target and not run.changed
            if run.result.gate == "need" and is_of_this:
                return f"{run.result.message} (run {run.run_id})"
        return ""

    def measured(self, *arms: ArmName) -> Measured | None:
        """The latest scores of one of these arms, the best where a run has several."""
        return _latest(self._measured(arms))

    def _measured(self, arms: tuple[ArmName, ...]) -> Iterator[Measured]:
        for run in self.runs:
            lines = [line for line in run.result.arms if line.measured and arm_of(line.arm) in arms]
            for line in sorted(lines, key=lambda line: -(line.mean or 0)):
                yield Measured(run=run, line=line, changed=run.changed & what_matters(line.arm))

    def compared(self, *arms: ArmName) -> Compared | None:
        """The latest verdict that holds the tuned model against one of these arms; against any if none is named."""
        return _latest(self._compared(arms))

    def _compared(self, arms: tuple[ArmName, ...]) -> Iterator[Compared]:
        for run in self.runs:
            verdict = run.result.verdict
            against = [one for one in verdict.comparisons if not arms or arm_of(one.arm) in arms] if verdict else []
            if verdict and against:
                matters = frozenset[Changeable]().union(*(what_matters(one.arm) for one in against))
                changed = run.changed & (matters | what_matters("tuned"))
                yield Compared(run=run, verdict=verdict, against=tuple(against), changed=changed)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """An arm of a run, and what was changed since that its score depends on."""

    run: RunEvidence
    line: ArmLine
    changed: frozenset[Changeable]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A verdict of a run, its comparisons that were asked for, and what was changed since."""

    run: RunEvidence
    verdict: Verdict
    against: tuple[Comparison, ...]
    changed: frozenset[Changeable]


class _Dated(Protocol):
    """Evidence that can be of an older spec."""

    @property
    def changed(self) -> frozenset[Changeable]: ...


T = TypeVar("T", bound=_Dated)


def _latest(found: Iterable[T]) -> T | None:
    """The first that is not old, else the first."""
    known = tuple(found)
    return next((one for one in known if not one.changed), known[0] if known else None)


def arm_of(name: str) -> str:
    """The arm of a line's name: `prompted` of `prompted (likelihood)`."""
    return name.partition(" (")[0]


def what_matters(name: str) -> frozenset[Changeable]:
    """What the score of an arm depends on; the tuned arms depend on all of it."""
    return _OF_EVERY_ARM | _OF_ARM.get(arm_of(name), OF_TRAINING)


def old(run_id: str, changed: frozenset[Changeable]) -> str:
    """Of evidence that is no longer of this spec: said in front of it."""
    return f"old, of run {run_id}, which differs in {', '.join(sorted(changed))}"
