"""The training step: the trainer run under the budget, with less memory where it runs out, the adapter kept."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from wrapper import process
from wrapper.backends.protocol import TrainingPlan
from wrapper.data.corpus import Corpus
from wrapper.data.prepared import Prepared
from wrapper.errors import BackendFailed, BudgetReached, Interrupted, OutOfMemory, UsageFault
from wrapper.ledger.records import StepRecord
from wrapper.pipeline.attempt import FITTED, Finish, T, Trainer, Workplace, WriteRows
from wrapper.pipeline.rendering import write_rows
from wrapper.pipeline.run import Run, Step, key_of
from wrapper.plan.plan import Plan
from wrapper.plan.relief import MOST_TRIES, relieved
from wrapper.train.checkpoints import last_checkpoint, trained_weights, weights_digest
from wrapper.train.session import Progress, TrainOutcome

_CUT_OFF = ("interrupted", "stopped", "failed")


@dataclass(frozen=True, kw_only=True)
class Trained:
    """The adapter that is kept, and what training it took."""

    adapter: Path
    digest: str
    summary: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Training:
    """Everything that a training of this run needs."""

    trainer: Trainer
    prepared: Prepared
    plan: Plan
    corpus: Corpus | None
    system_prompt: str

    @property
    def run(self) -> Run:
        return self.trainer.run

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
            [row.row_id for row in self.prepared.validation], self.trainer.model.fingerprint,
            self.trainer.environment.lock_digest, self.corpus.digest if self.corpus else "",
        )  # fmt: skip

    @property
    def is_done(self) -> bool:
        """True where the adapter was trained before and is still there."""
        return self.run.done_before(self.key) is not None

    @property
    def share_left(self) -> float:
        """The part of the steps that a resumed training has still to do, 1 where nothing is resumed."""
        earlier = self.run.project.ledger.latest_step(self.key, *_CUT_OFF) if self.run.resume else None
        checkpoint = last_checkpoint(self.run.project.place(earlier.detail["work"]) / "adapter") if earlier else None
        return 1 - checkpoint[1] / self.plan.steps if checkpoint else 1.0

    def perform(self) -> Trained:
        """Train, or find the adapter that was trained before; raises BudgetReached or Interrupted."""
        run, key = self.run, self.key
        record = run.done_before(key)
        if record:
            run.reporter.step("training", _summary_text(record.detail["summary"]), reused=True)
            made = run.project.place(record.detail["made"]).parent
            return Trained(adapter=made, digest=record.detail["digest"], summary=record.detail["summary"])
        write = partial(write_rows, prepared=self.prepared, system_prompt=self.system_prompt, corpus=self.corpus)
        plan, workplace = self._start(key)
        trained, _ = with_relief(self.trainer, "training", key, plan, workplace, write, self._finish)
        return trained

    def _start(self, key: str) -> tuple[Plan, Workplace]:
        """When resuming the old folder, its last whole checkpoint and what fitted; else a fresh folder."""
        run = self.run
        fresh = self.plan, Workplace(folder=run.folder / "training")
        earlier = run.project.ledger.latest_step(key, *_CUT_OFF)
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
        fitted = {name: value for name, value in earlier.detail["fitted"].items() if name in FITTED}
        return replace(self.plan, **fitted), Workplace(
            folder=work,
            attempt=int(earlier.detail["attempt"]) + 1,
            checkpoint=checkpoint[0],
            relief=tuple(earlier.detail["relief"]),
        )

    def _finish(self, step: Step, outcome: TrainOutcome, plan: TrainingPlan) -> Trained:
        progress = outcome.progress
        summary = _summary(progress, self.plan) | {"relief": list(step.detail["relief"])}
        step.detail["summary"] = summary
        where = f"after step {progress.step} of {self.plan.steps}"
        if outcome.status == "stopped":
            raise BudgetReached(
                f"stopped at the budget {where}; {_saved(plan.output_dir)}",
                hint="raise the budget in the spec and go on with `--resume`",
            )
        if outcome.status == "interrupted":
            raise Interrupted(
                f"training was interrupted {where} ({_WHY.get(progress.stop_reason, progress.stop_reason)})",
                hint="go on with `--resume`"
                if last_checkpoint(plan.output_dir)
                else "nothing was saved yet: start again",
            )
        if progress.step != self.plan.steps and not progress.stopped_early:
            raise BackendFailed(f"the trainer ended {where}", hint=f"see {plan.events_file}")
        weights = trained_weights(plan.output_dir)
        step.detail.update(made=self.run.project.noted(weights), digest=weights_digest(weights))
        self.run.reporter.step("training", _summary_text(summary), seconds=progress.seconds)
        return Trained(adapter=plan.output_dir, digest=step.detail["digest"], summary=summary)


def with_relief(
    trainer: Trainer, name: str, key: str, plan: Plan, workplace: Workplace, write: WriteRows, finish: Finish[T]
) -> tuple[T, Plan]:
    """Train; where memory runs out, again with less, at most three times, each said aloud.

    Returns what `finish` made, and the plan that ran. Each attempt is a step of the ledger: its cost is counted.
    """
    while True:
        try:
            return trainer.attempt(name, key, plan, workplace, write_rows=write, finish=finish), plan
        except OutOfMemory as failure:
            told = workplace.relief
            relief = relieved(plan) if len(told) < MOST_TRIES else None
            if relief is None:
                tried = f" (tried: {'; '.join(told)})" if told else ""
                raise BackendFailed(
                    failure.message, hint=f"take a smaller model, shorter rows or a GPU with more memory{tried}"
                ) from failure
            trainer.run.reporter.note(f"{name} ran out of memory, trying again: {relief.words}")
            plan, told = relief.plan, (*told, relief.words)
            workplace = Workplace(folder=trainer.run.folder / f"{name}-{len(told) + 1}", relief=told)


_WHY = {
    "": "before its first step",
    "stop_file": "as you asked",
    "parent_gone": "thriftune was gone",
}


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
