"""What is known so far of a climb up the ladder; whatever ends it, all of it goes into the result."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from wrapper.data.prepared import Prepared
from wrapper.evaluation.failures import Diagnosis
from wrapper.evaluation.graders import AnyGrader
from wrapper.evaluation.passages import Passage
from wrapper.evaluation.scores import ArmScores
from wrapper.evaluation.verdict import Verdict
from wrapper.models import ModelFolder
from wrapper.pipeline.forgetting import Forgotten
from wrapper.pipeline.measurement import ModelArms
from wrapper.pipeline.planning import Planned
from wrapper.pipeline.prompt_choice import PromptChoice
from wrapper.pipeline.run import Run
from wrapper.pipeline.smoke import Smoke
from wrapper.pipeline.training import Trained
from wrapper.plan.machine import Machine
from wrapper.spec.fields import NEED_NO_MODEL, TUNED_ARMS, ArmName


@dataclass(kw_only=True)
class Climb:
    """Filled in from below: `cheaper` arms first, then the trained adapter, its scores and the verdict."""

    run: Run
    machine: Machine
    adapter: Path | None = None  # given by the user, in place of training one
    prepared: Prepared | None = None
    grader: AnyGrader | None = None
    labels: tuple[str, ...] = ()
    system_prompt: str = ""
    detectable: str = ""
    passages: tuple[Passage, ...] = ()
    prompt_choice: PromptChoice | None = None
    model: ModelFolder | None = None
    planned: Planned | None = None
    model_arms: ModelArms | None = None
    cheaper: list[ArmScores] = field(default_factory=list)
    tuned: list[ArmScores] = field(default_factory=list)
    smoke: Smoke | None = None
    trained: Trained | None = None
    verdict: Verdict | None = None
    diagnosis: Diagnosis | None = None
    forgotten: list[Forgotten] = field(default_factory=list)

    @property
    def tunes(self) -> bool:
        """True where some arm wants an adapter."""
        return any(arm in TUNED_ARMS for arm in self.arms)

    @property
    def asks_model(self) -> bool:
        """True where some arm needs the spec's own model on this machine."""
        return any(arm not in NEED_NO_MODEL for arm in self.arms)

    @property
    def arms(self) -> tuple[ArmName, ...]:
        return self.run.loaded.spec.evaluation.arms
