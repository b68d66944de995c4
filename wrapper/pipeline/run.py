"""One run: its gates, and its steps, each recorded before it starts and skipped when it was done before."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from wrapper.errors import BudgetReached, GateRefused, Interrupted
from wrapper.ledger.records import StepRecord
from wrapper.pipeline.project import Project
from wrapper.pipeline.reporter import Reporter
from wrapper.spec.read import LoadedSpec

GATES = ("licence", "data", "grader", "need", "fit", "smoke")
_BEAT_SECONDS = 1.0


def key_of(*parts: object) -> str:
    """Digest of a step's inputs; the order of keys in mappings does not matter."""
    return sha256(msgspec.json.encode(parts, order="deterministic", enc_hook=str)).hexdigest()


def done_before(project: Project, key: str) -> StepRecord | None:
    """The step of this key, if it was done in the project and what it made is still there."""
    record = project.ledger.latest_step(key, "done")
    made = record.detail.get("made") if record else None
    return record if made and project.place(made).exists() else None


@dataclass(kw_only=True)
class Run:
    """A run that is under way. `overrides` maps a gate to the reason for passing it all the same."""

    project: Project
    loaded: LoadedSpec
    run_id: str
    reporter: Reporter
    overrides: Mapping[str, str]
    resume: bool
    usd_per_hour: float
    passed: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.project.run_folder(self.run_id)

    def gate(self, name: str, objection: str, *, hint: str) -> None:
        """Refuse unless the user overrode this gate with a reason, which the ledger keeps."""
        reason = self.overrides.get(name)
        if reason is None:
            raise GateRefused(objection, gate=name, hint=f"{hint}; or pass it with `--override {name}=REASON`")
        self.project.ledger.record_override(self.run_id, name, reason)
        self.passed[name] = reason
        self.reporter.note(f"{name} gate overridden ({reason}): {objection}")

    def done_before(self, key: str) -> StepRecord | None:
        """The same step, if it was done in this project before and what it made is still there."""
        return done_before(self.project, key)

    @contextmanager
    def step(self, name: str, key: str, **detail: object) -> Iterator[Step]:
        """A step that costs money: recorded as started, beating while it runs, closed however it ends."""
        ledger = self.project.ledger
        known: dict[str, Any] = dict(detail)
        step_id = ledger.start_step(self.run_id, name, key, usd_per_hour=self.usd_per_hour, detail=known)
        step = Step(
            detail=known,
            beat=lambda seconds, paid: ledger.beat(step_id, seconds=seconds, usd_paid=paid, detail=known),
        )
        status = "failed"
        try:
            yield step
            status = "done"
        except BudgetReached:
            status = "stopped"
            raise
        except (Interrupted, KeyboardInterrupt):
            status = "interrupted"
            raise
        finally:
            seconds = 0.0 if step.free else step.seconds
            ledger.close_step(step_id, status=status, seconds=seconds, usd_paid=step.usd_paid, detail=known)


@dataclass(kw_only=True)
class Step:
    """A running step; `detail` goes to the ledger with the next beat. A `free` one uses no paid device.

    `usd_paid` is what endpoints asked so far.
    """

    detail: dict[str, Any]
    beat: Callable[[float, float], None]
    started: float = field(default_factory=time.monotonic)
    beaten: float = 0.0
    free: bool = False
    usd_paid: float = 0.0

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def tick(self) -> None:
        """Call often: writes the cost so far to disk about once a second."""
        if self.seconds - self.beaten >= _BEAT_SECONDS:
            self.beaten = self.seconds
            self.beat(0.0 if self.free else self.seconds, self.usd_paid)
