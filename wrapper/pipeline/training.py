"""The training step: config rendered and validated, the trainer run under the budget, the adapter kept."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from wrapper import process
from wrapper.backends import get_backend
from wrapper.backends.protocol import Backend, RenderedConfig, TrainingPlan
from wrapper.data.corpus import Corpus
from wrapper.data.prepare import Prepared
from wrapper.environments import Environment
from wrapper.errors import BackendFailed, BudgetReached, Interrupted, UsageFault
from wrapper.ledger.records import StepRecord
from wrapper.models import ModelFolder
from wrapper.pipeline.planning import allowance
from wrapper.pipeline.rendering import checked, place_plan, write_rows
from wrapper.pipeline.reporter import Bar
from wrapper.pipeline.run import Run, Step, key_of
from wrapper.plan.plan import Plan
from wrapper.train.checkpoints import last_checkpoint, sha256_of, trained_weights
from wrapper.train.session import Progress, TrainOutcome, train


@dataclass(frozen=True, kw_only=True)
class Trained:
    """The adapter that is kept, and what training it took."""

    adapter: Path
    digest: str
    summary: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """Where a training runs, the number of its attempt there, and the checkpoint that it goes on from."""

    folder: Path
    attempt: int
    checkpoint: Path | None


@dataclass(frozen=True, kw_only=True)
class Training:
    """Everything that a training of this run needs."""

    run: Run
    prepared: Prepared
    plan: Plan
    corpus: Corpus | None
    model: ModelFolder
    environment: Environment
    system_prompt: str

    @property
    def key(self) -> str:
        """What the adapter depends on; the budget and the speed of the machine are not among it."""
        numbers = {
            name: value
            for name, value in msgspec.to_builtins(self.plan).items()
            if name not in ("estimate", "reasons", "objections", "threads", "save_steps")
        }
        return key_of(
            "train", numbers, self.system_prompt, [row.row_id for row in self.prepared.train],
            [row.row_id for row in self.prepared.validation], self.model.fingerprint, self.environment.lock_digest,
            self.corpus.digest if self.corpus else "",
        )  # fmt: skip

    def perform(self) -> Trained:
        """Train, or find the adapter that was trained before; raises BudgetReached or Interrupted."""
        run, key = self.run, self.key
        record = run.done_before(key)
        if record:
            run.reporter.step("training", _summary_text(record.detail["summary"]), reused=True)
            made = run.project.place(record.detail["made"]).parent
            return Trained(adapter=made, digest=record.detail["digest"], summary=record.detail["summary"])
        backend = get_backend(self.plan.backend)
        workplace = self._workplace(key)
        left = self._seconds_left()
        prepared_plan = self._training_plan(workplace, left)
        assert prepared_plan.events_file is not None
        rendered = checked(backend, backend.render(prepared_plan))
        write_rows(prepared_plan, self.prepared, self.system_prompt, self.corpus)
        config = prepared_plan.events_file.with_name(rendered.filename)
        with (
            run.step(
                "training",
                key,
                work=run.project.noted(workplace.folder),
                attempt=workplace.attempt,
                events_file=run.project.noted(prepared_plan.events_file),
            ) as step,
            run.reporter.bar("training") as bar,
        ):
            outcome = self._run_trainer(backend, prepared_plan, rendered, config, step, bar)
            return self._finish(step, outcome, prepared_plan)

    def _workplace(self, key: str) -> Workplace:
        """The old folder and its last whole checkpoint when resuming, else a fresh folder."""
        run = self.run
        fresh = Workplace(folder=run.folder / "training", attempt=1, checkpoint=None)
        earlier = run.project.ledger.latest_step(key, "interrupted", "stopped", "failed")
        if earlier is None:
            if run.resume:
                run.reporter.note("nothing to resume: no training on these inputs was cut off; starting one")
            return fresh
        _wait_until_gone(earlier)
        work = run.project.place(earlier.detail["work"])
        checkpoint = last_checkpoint(work / "adapter")
        if checkpoint is None:
            if run.resume:
                run.reporter.note("the training that was cut off had saved no checkpoint: starting over")
            return fresh
        if not run.resume:
            run.reporter.note(
                f"a training on the same inputs was cut off after step {checkpoint[1]}: starting over; "
                "`--resume` would go on from there"
            )
            return fresh
        run.reporter.note(f"resuming from step {checkpoint[1]} of {self.plan.steps}")
        return Workplace(folder=work, attempt=int(earlier.detail["attempt"]) + 1, checkpoint=checkpoint[0])

    def _seconds_left(self) -> float | None:
        spent = self.run.project.ledger.spent()
        left = allowance(self.run.loaded.spec.budget).seconds_left(spent.usd, spent.gpu_hours)
        if left is not None and left <= 0:
            raise BudgetReached(
                f"the budget of this project is spent: {spent.usd:.2f} dollars, {spent.gpu_hours:.2f} hours",
                hint="raise `budget.max_usd` or `budget.max_gpu_hours` in the spec",
            )
        return left

    def _training_plan(self, workplace: Workplace, left: float | None) -> TrainingPlan:
        """Events have a file for each attempt: its seconds count from the start of that program."""
        placed = place_plan(self.plan, self.model.path, workplace.folder, left)
        events_file = workplace.folder / f"attempt-{workplace.attempt}" / "events.jsonl"
        return replace(placed, events_file=events_file, resume_from=workplace.checkpoint)

    def _run_trainer(
        self,
        backend: Backend,
        plan: TrainingPlan,
        rendered: RenderedConfig,
        config: Path,
        step: Step,
        bar: Bar,
    ) -> TrainOutcome:
        def on_progress(progress: Progress) -> None:
            step.detail.update(pid=progress.pid, pid_started=progress.pid_started)
            step.tick()
            bar.update(progress.step, progress.steps, _progress_text(progress, self.run.usd_per_hour))

        return train(
            backend,
            plan,
            rendered,
            environment=self.environment,
            config_file=config,
            log_file=config.parent / "log.txt",
            on_progress=on_progress,
        )

    def _finish(self, step: Step, outcome: TrainOutcome, plan: TrainingPlan) -> Trained:
        progress = outcome.progress
        summary = _summary(progress, self.plan)
        step.detail["summary"] = summary
        where = f"after step {progress.step} of {self.plan.steps}"
        if outcome.status == "stopped":
            raise BudgetReached(
                f"stopped at the budget {where}; {_saved(plan.output_dir)}",
                hint="raise the budget in the spec and go on with `--resume`",
            )
        if outcome.status == "interrupted":
            raise Interrupted(
                f"training was interrupted {where} ({progress.stop_reason or 'before its first step'})",
                hint="go on with `--resume`"
                if last_checkpoint(plan.output_dir)
                else "nothing was saved yet: start again",
            )
        if progress.step != self.plan.steps and not progress.stopped_early:
            raise BackendFailed(f"the trainer ended {where}", hint=f"see {plan.events_file}")
        weights = trained_weights(plan.output_dir)
        step.detail.update(made=self.run.project.noted(weights), digest=sha256_of(weights))
        self.run.reporter.step("training", _summary_text(summary), seconds=progress.seconds)
        return Trained(adapter=plan.output_dir, digest=step.detail["digest"], summary=summary)


def _saved(output_dir: Path) -> str:
    """What there is after a training that was stopped."""
    kept = last_checkpoint(output_dir)
    return f"the adapter so far is in {output_dir}" if kept else "nothing had been saved yet"


def _wait_until_gone(earlier: StepRecord) -> None:
    """A trainer that outlived thriftune saves and stops by itself; two must not write one folder."""
    pid, started = earlier.detail.get("pid"), earlier.detail.get("pid_started")
    if pid is None or started is None:
        return
    known = process.Identity(pid=int(pid), started=float(started))
    for _ in range(240):
        if not process.is_alive(known):
            return
        time.sleep(0.5)
    raise UsageFault(
        f"the earlier trainer (process {pid}) is still running",
        hint=f"end it with `kill {pid}`, then try again",
    )


def _progress_text(progress: Progress, usd_per_hour: float) -> str:
    parts = []
    if progress.loss is not None:
        parts.append(f"loss {progress.loss:.3f}")
    if progress.eta_seconds is not None:
        parts.append(f"eta {progress.eta_seconds / 60:.1f} min")
    elif not progress.step:
        parts.append("starting")
    parts.append(f"${progress.seconds / 3600 * usd_per_hour:.4f}")
    return ", ".join(parts)


def _summary(progress: Progress, plan: Plan) -> dict[str, Any]:
    return {
        "step": progress.step,
        "steps": plan.steps,
        "loss": progress.loss,
        "eval_loss": progress.eval_loss,
        "losses": progress.losses,
        "eval_losses": progress.eval_losses,
        "tokens": progress.tokens,
        "seconds": round(progress.seconds, 2),
        "start_seconds": round(progress.begun_at, 2) if progress.begun_at is not None else None,
        "memory_gib": {name: round(value, 3) for name, value in progress.memory_gib.items()},
        "stop_reason": progress.stop_reason,
    }


def _summary_text(summary: dict[str, Any]) -> str:
    losses = summary["losses"]
    loss = f", loss {losses[0][1]:.2f} to {losses[-1][1]:.3f}" if losses else ""
    early = f" of {summary['steps']}, no better after that" if summary["stop_reason"] == "early_stopping" else ""
    return f"{summary['step']} steps{early}{loss}"
