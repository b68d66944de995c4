"""What is known so far of a climb up the ladder; whatever ends it, all of it goes into the result."""

from __future__ import annotations

from dataclasses import dataclass, field

from wrapper.data.prepare import Prepared
from wrapper.evaluation.failures import Diagnosis
from wrapper.evaluation.graders import Grader
from wrapper.evaluation.scores import ArmScores
from wrapper.evaluation.verdict import Verdict
from wrapper.models import ModelFolder
from wrapper.pipeline.planning import Planned
from wrapper.pipeline.run import Run
from wrapper.pipeline.smoke import Smoke
from wrapper.pipeline.training import Trained
from wrapper.plan.machine import Machine
from wrapper.spec.fields import ArmName


@dataclass(kw_only=True)
class Climb:
    """Filled in from below: `cheaper` arms first, then the trained adapter, its scores and the verdict."""

    run: Run
    machine: Machine
    prepared: Prepared | None = None
    grader: Grader | None = None
    labels: tuple[str, ...] = ()
    system_prompt: str = ""
    model: ModelFolder | None = None
    planned: Planned | None = None
    cheaper: list[ArmScores] = field(default_factory=list)
    tuned: list[ArmScores] = field(default_factory=list)
    smoke: Smoke | None = None
    trained: Trained | None = None
    verdict: Verdict | None = None
    diagnosis: Diagnosis | None = None

    @property
    def arms(self) -> tuple[ArmName, ...]:
        return self.run.loaded.spec.evaluation.arms
