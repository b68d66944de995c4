"""One start of a trainer: its folder, config, rows and events, and its cost in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from wrapper.backends import get_backend
from wrapper.backends.protocol import TrainingPlan
from wrapper.environments import Environment
from wrapper.errors import BudgetReached
from wrapper.models import ModelFolder
from wrapper.pipeline.rendering import checked, place_plan
from wrapper.pipeline.run import Run, Step
from wrapper.pipeline.spending import seconds_left
from wrapper.plan.plan import Plan
from wrapper.train.session import Progress, TrainOutcome, train

# what is changed where memory runs out; a training that is resumed keeps it
FITTED = ("micro_batch_size", "gradient_accumulation_steps", "gradient_checkpointing", "sequence_tokens")

T = TypeVar("T")
WriteRows = Callable[[TrainingPlan], None]
Finish = Callable[[Step, TrainOutcome, TrainingPlan], T]


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """Where a training runs, the number of its attempt there, and the checkpoint that it goes on from.

    `relief` is what was changed before for want of memory, in words.
    """

    folder: Path
    attempt: int = 1
    checkpoint: Path | None = None
    relief: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Trainer:
    """What every start of the trainer in a run has in common."""

    run: Run
    model: ModelFolder
    environment: Environment

    def attempt(
        self, name: str, key: str, plan: Plan, workplace: Workplace, *, write_rows: WriteRows, finish: Finish[T]
    ) -> T:
        """Train once, as the step `name` of the ledger; `finish` makes the result, or raises what ended it."""
        run = self.run
        backend = get_backend(plan.backend)
        placed = self._placed(plan, workplace, self._seconds_left())
        events_file = placed.events_file
        assert events_file is not None
        rendered = checked(backend, backend.render(placed))
        write_rows(placed)
        with (
            run.step(
                name,
                key,
                work=run.project.noted(workplace.folder),
                attempt=workplace.attempt,
                events_file=run.project.noted(events_file),
                fitted={name: getattr(plan, name) for name in FITTED},
                relief=workplace.relief,
            ) as step,
            run.reporter.bar(name) as bar,
        ):

            def on_progress(progress: Progress) -> None:
                step.detail.update(pid=progress.pid, pid_started=progress.pid_started)
                step.tick()
                bar.update(progress.step, progress.steps, progress_text(progress, run.usd_per_hour))

            outcome = train(
                backend,
                placed,
                rendered,
                environment=self.environment,
                config_file=events_file.with_name(rendered.filename),
                log_file=events_file.with_name("log.txt"),
                on_progress=on_progress,
            )
            return finish(step, outcome, placed)

    def _placed(self, plan: Plan, workplace: Workplace, left: float | None) -> TrainingPlan:
        """Events have a file for each attempt: its seconds count from the start of that program."""
        placed = place_plan(plan, self.model.path, workplace.folder, left)
        events_file = workplace.folder / f"attempt-{workplace.attempt}" / "events.jsonl"
        return replace(placed, events_file=events_file, resume_from=workplace.checkpoint)

    def _seconds_left(self) -> float | None:
        left, spent = seconds_left(self.run), self.run.project.ledger.spent()
        if left is not None and left <= 0:
            raise BudgetReached(
                f"the budget of this project is spent: {spent.usd:.2f} dollars, {spent.gpu_hours:.2f} hours",
                hint="raise `budget.max_usd` or `budget.max_gpu_hours` in the spec",
            )
        return left


def progress_text(progress: Progress, usd_per_hour: float) -> str:
    parts = []
    if progress.loss is not None:
        parts.append(f"loss {progress.loss:.3f}")
    if progress.eta_seconds is not None:
        parts.append(f"eta {progress.eta_seconds / 60:.1f} min")
    elif not progress.step:
        parts.append("starting")
    parts.append(f"${progress.seconds / 3600 * usd_per_hour:.4f}")
    return ", ".join(parts)
