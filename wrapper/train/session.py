"""Start a training program, follow its events, and end it in order: done, at the budget, or interrupted."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from wrapper import process
from wrapper.backends.protocol import Backend, RenderedConfig, TrainingPlan
from wrapper.environments import Environment
from wrapper.errors import BackendFailed, OutOfMemory
from wrapper.ledger.events import EventReader
from wrapper.train.memory_failure import ran_out_of_memory

Status = Literal["done", "stopped", "interrupted"]
OnProgress = Callable[["Progress"], None]

_POLL_SECONDS = 0.25
_GRACE_SECONDS = 180.0  # a trainer that does not stop by itself so long after its limit is ended


@dataclass(kw_only=True)
class Progress:
    """What is known of a running training; `seconds` is wall-clock time since the program was started."""

    pid: int = 0
    pid_started: float = 0.0
    step: int = 0
    steps: int = 0
    first_step: int = 0
    loss: float | None = None
    eval_loss: float | None = None
    learning_rate: float | None = None
    tokens: int = 0
    memory_gib: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    begun_at: float | None = None
    step_seconds: float = 0.0
    stop_reason: str = ""
    armed: bool = False
    ended: bool = False
    losses: list[tuple[int, float]] = field(default_factory=list)
    eval_losses: list[tuple[int, float]] = field(default_factory=list)

    @property
    def stopped_early(self) -> bool:
        """The validation loss had stopped falling: a training that is done before its last step."""
        return self.stop_reason == "early_stopping"

    @property
    def eta_seconds(self) -> float | None:
        """Seconds until the last step at the pace so far."""
        done = self.step - self.first_step
        if self.begun_at is None or done <= 0:
            return None
        return (self.seconds - self.begun_at) / done * (self.steps - self.step)

    def take(self, event: dict[str, Any]) -> None:
        """Take in one event of the trainer."""
        kind = event["event"]
        self.step = int(event.get("step", self.step))
        self.steps = int(event.get("steps", self.steps))
        if kind == "armed":
            self.armed = True
        elif kind == "begin":
            self.first_step, self.begun_at = self.step, float(event["elapsed_seconds"])
        elif kind == "step":
            self.memory_gib = dict(event["memory_gib"])
            self.step_seconds = float(event.get("step_seconds", 0.0))
        elif kind == "log":
            self._take_log(event)
        elif kind == "end":
            self.ended, self.stop_reason = True, str(event.get("stopped", ""))

    def _take_log(self, event: dict[str, Any]) -> None:
        self.tokens = int(event.get("tokens", self.tokens))
        self.learning_rate = event.get("learning_rate", self.learning_rate)
        if "loss" in event:
            self.loss = float(event["loss"])
            self.losses.append((self.step, self.loss))
        if "eval_loss" in event:
            self.eval_loss = float(event["eval_loss"])
            self.eval_losses.append((self.step, self.eval_loss))


@dataclass(frozen=True, kw_only=True)
class TrainOutcome:
    """How a training ended. `stopped` is the budget's doing, `interrupted` the user's."""

    status: Status
    progress: Progress


def train(
    backend: Backend,
    plan: TrainingPlan,
    rendered: RenderedConfig,
    *,
    environment: Environment,
    config_file: Path,
    log_file: Path,
    on_progress: OnProgress,
) -> TrainOutcome:
    """Run a training to its end. Ctrl-C lets it save first; a second one ends it at once.

    Raises BackendFailed with the end of its log where it ended in failure, or trained unguarded.
    """
    assert plan.events_file is not None
    assert plan.stop_file is not None
    config_file.parent.mkdir(parents=True, exist_ok=True)
    config_file.write_text(rendered.text, encoding="utf-8")
    plan.stop_file.unlink(missing_ok=True)
    program = process.start(
        backend.train_argv(environment.python, config_file, plan),
        env=process.child_environment({**backend.train_environment(plan), **_one_gpu(plan)}),
        cwd=config_file.parent,
        log_file=log_file,
    )
    known = program.identity
    progress = Progress(steps=plan.steps, pid=known.pid, pid_started=known.started)
    reader = EventReader(plan.events_file)
    started, interrupted = time.monotonic(), False
    try:
        while True:
            try:
                code = program.wait(_POLL_SECONDS)
                progress.seconds = time.monotonic() - started
                for event in reader.read_new():
                    progress.take(event)
                on_progress(progress)
                if code is not None:
                    break
                if plan.max_seconds is not None and progress.seconds > plan.max_seconds + _GRACE_SECONDS:
                    code = program.stop(interrupt_seconds=0)
                    progress.stop_reason = "budget"
                    break
            except KeyboardInterrupt:
                if interrupted:
                    raise
                interrupted = True
                plan.stop_file.touch()
    finally:
        if program.poll() is None:
            program.stop(interrupt_seconds=0, terminate_seconds=5)
    return _outcome(code, progress, interrupted, log_file)


def _one_gpu(plan: TrainingPlan) -> dict[str, str]:
    """The first GPU that the user lends: a Trainer that sees several would split the planned batch over them."""
    if plan.accelerator != "cuda" or plan.parallel.world_size > 1:
        return {}
    lent = os.environ.get("CUDA_VISIBLE_DEVICES", "0")
    return {"CUDA_VISIBLE_DEVICES": lent.partition(",")[0]}


def _outcome(code: int, progress: Progress, interrupted: bool, log_file: Path) -> TrainOutcome:
    if progress.stop_reason == "budget":
        return TrainOutcome(status="stopped", progress=progress)
    finished = progress.ended and code == 0 and (progress.step >= progress.steps or progress.stopped_early)
    if (interrupted and not finished) or (progress.stop_reason and not progress.stopped_early):
        return TrainOutcome(status="interrupted", progress=progress)
    if code != 0 or not progress.ended:
        failure = OutOfMemory if ran_out_of_memory("\n".join(_last_lines(log_file, 60))) else BackendFailed
        raise failure(_failure(code, progress, log_file), hint=_hint(log_file, progress, code))
    return TrainOutcome(status="done", progress=progress)


def _failure(code: int, progress: Progress, log_file: Path) -> str:
    lines = _last_lines(log_file)
    quoted = "\n".join(f"  {line}" for line in lines)
    place = f"after step {progress.step} of {progress.steps}" if progress.step else "before its first step"
    if code == 0 and not progress.armed:
        return f"the trainer ran without thriftune's events plugin, so nothing watched the budget:\n{quoted}"
    ended = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
    return f"the trainer {ended} {place}:\n{quoted}"


def _hint(log_file: Path, progress: Progress, code: int) -> str:
    resume = "; `--resume` goes on from the last checkpoint" if progress.step else ""
    killed = "; a machine that is short of memory ends programs so: is it?" if code == -9 else ""
    return f"the whole log is {log_file}{resume}{killed}"


def _last_lines(log_file: Path, count: int = 12) -> list[str]:
    if not log_file.exists():
        return ["(it wrote nothing)"]
    text = log_file.read_bytes()[-50_000:].decode("utf-8", "replace").replace("\r", "\n")
    return [line for line in text.splitlines() if line.strip()][-count:]
