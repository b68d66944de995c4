"""The smoke gate: two steps on the longest rows, an evaluation and a save, before the money for the whole run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from wrapper.backends.protocol import TrainingPlan
from wrapper.data.corpus import Corpus
from wrapper.data.prepared import Prepared
from wrapper.data.row_lengths import row_lengths
from wrapper.data.rows import Row
from wrapper.data.tokens import Tokens
from wrapper.errors import BackendFailed, BudgetReached, Interrupted
from wrapper.pipeline.attempt import FITTED, Workplace
from wrapper.pipeline.rendering import write_rows
from wrapper.pipeline.run import Step, key_of
from wrapper.pipeline.spending import seconds_left
from wrapper.pipeline.training import Training, with_relief
from wrapper.plan.plan import Plan
from wrapper.train.session import TrainOutcome

STEPS = 2
# A smoke run costs a start of the trainer, half a minute to a minute; a run not much longer is its own.
WORTH_SECONDS = 900.0

Item = TypeVar("Item")


@dataclass(frozen=True, kw_only=True)
class Smoke:
    """What the smoke run measured: seconds of a step on the longest rows, and the peak of memory (GiB)."""

    plan: Plan
    step_seconds: float
    start_seconds: float
    memory_gib: dict[str, float]
    projected_seconds: float


def is_worth_it(plan: Plan) -> bool:
    """True where the whole run costs many times the smoke run."""
    return plan.estimate.seconds.likely >= WORTH_SECONDS


def as_smoked_before(training: Training) -> Training:
    """The training with what an earlier smoke run had to change for want of memory."""
    record = training.run.done_before(_key(training))
    return replace(training, plan=_fitted(training.plan, record.detail)) if record else training


def _key(training: Training) -> str:
    """Of the smoke run on the plan, or on the plan as it was before one made it fit."""
    return key_of("smoke", training.key)


def smoke(training: Training) -> Smoke:
    """Run it, or take what was measured before; refuses where the measured speed does not fit the budget."""
    run = training.run
    key = _key(training)
    record = run.done_before(key)
    if record:
        detail = record.detail
    else:
        tokens = Tokens.load(training.trainer.model.path)
        prepared, corpus = _longest(training, tokens)
        write = partial(write_rows, prepared=prepared, system_prompt=training.system_prompt, corpus=corpus)
        short = replace(
            training.plan, steps=STEPS, warmup_steps=0, save_steps=STEPS, early_stopping_patience=None,
            eval_steps=STEPS if training.plan.eval_steps else None,
        )  # fmt: skip
        workplace = Workplace(folder=run.folder / "smoke")
        detail, _ = with_relief(training.trainer, "smoke", key, short, workplace, write, _finish)
    found = _measured(training.plan, detail)
    _tell(training, found, reused=record is not None)
    _gate(training, found)
    return found


def _longest(training: Training, tokens: Tokens) -> tuple[Prepared, Corpus | None]:
    """Rows for the two steps, the longest there are; as many to validate on as are evaluated at once."""
    plan, prepared, corpus = training.plan, training.prepared, training.corpus
    trained, evaluated = plan.micro_batch_size * plan.gradient_accumulation_steps * STEPS, plan.micro_batch_size

    def longest_rows(rows: tuple[Row, ...], count: int) -> tuple[Row, ...]:
        return _top(rows, row_lengths(tokens, rows, training.system_prompt), count, plan.sequence_tokens)

    def longest_pieces(pieces: tuple[str, ...], count: int) -> tuple[str, ...]:
        return _top(pieces, tokens.count(pieces), count, plan.sequence_tokens)

    if corpus is not None:
        train, validation = longest_pieces(corpus.train, trained), longest_pieces(corpus.validation, evaluated)
        return prepared, replace(corpus, train=train, validation=validation)
    train_rows, validation_rows = longest_rows(prepared.train, trained), longest_rows(prepared.validation, evaluated)
    return replace(prepared, train=train_rows, validation=validation_rows), None


def _top(items: Sequence[Item], lengths: Sequence[int], count: int, cap: int) -> tuple[Item, ...]:
    """The longest items of at most `cap` tokens."""
    under = [index for index, length in enumerate(lengths) if length <= cap]
    chosen = sorted(under, key=lambda index: -lengths[index])[:count]
    return tuple(items[index] for index in chosen)


def _finish(step: Step, outcome: TrainOutcome, plan: TrainingPlan) -> dict[str, Any]:
    """The ledger's detail of the step: what was measured, or why it ended."""
    progress = outcome.progress
    if outcome.status == "stopped":
        raise BudgetReached("stopped at the budget in the smoke run", hint="raise the budget in the spec")
    if outcome.status == "interrupted":
        raise Interrupted("the smoke run was interrupted", hint="run the same command again")
    if not plan.output_dir.is_dir():
        raise BackendFailed("the smoke run saved nothing", hint=f"see {plan.events_file}")
    start = progress.begun_at or 0.0
    step.detail.update(
        made=step.detail["work"],
        start_seconds=round(start, 2),
        step_seconds=round(progress.step_seconds, 3),
        memory_gib={name: round(value, 3) for name, value in progress.memory_gib.items()},
    )
    return step.detail


def _measured(plan: Plan, detail: dict[str, Any]) -> Smoke:
    """The projection takes every step to be as slow as those of the longest rows: it errs on the dear side."""
    return Smoke(
        plan=_fitted(plan, detail),
        step_seconds=detail["step_seconds"],
        start_seconds=detail["start_seconds"],
        memory_gib=detail["memory_gib"],
        projected_seconds=detail["start_seconds"] + detail["step_seconds"] * plan.steps,
    )


def _fitted(plan: Plan, detail: dict[str, Any]) -> Plan:
    return replace(plan, **{name: value for name, value in detail["fitted"].items() if name in FITTED})


def _tell(training: Training, found: Smoke, *, reused: bool) -> None:
    peak = ", ".join(f"{value:.1f} GiB {name}" for name, value in found.memory_gib.items())
    text = f"{found.step_seconds:.1f} s a step on the longest rows, {peak}; saved and evaluated"
    training.run.reporter.step("smoke", text, reused=reused)


def _gate(training: Training, found: Smoke) -> None:
    left = seconds_left(training.run)
    if left is not None and found.projected_seconds > left:
        training.run.gate(
            "smoke",
            f"at the speed of the smoke run the training would take up to {found.projected_seconds / 3600:.2f} hours, "
            f"and the budget leaves {left / 3600:.2f}",
            hint="raise the cap, use fewer rows, or set `training.overrides.max_steps`",
        )
