"""Two runs of a project held against each other: each arm that both measured, row by row, and what was changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from wrapper.errors import BadInput, UsageFault
from wrapper.evaluation.compare import Comparison, compare
from wrapper.evaluation.scores import ArmScores
from wrapper.pipeline.measurement import load_scores
from wrapper.pipeline.project import Project
from wrapper.pipeline.results import RunResult

# what a plan decides that changes the model; the rest of it follows from these, or is speed and price
_MAJOR = (
    "model_name", "method", "lora_variant", "backend", "objective", "sequence_tokens", "epochs", "learning_rate",
    "lr_scheduler", "lora_r", "lora_alpha", "lora_dropout", "weight_decay", "seed",
)  # fmt: skip


class Change(Struct, frozen=True, kw_only=True):
    """One number or choice in which the second run differs from the first."""

    name: str
    first: Any
    second: Any


class RunComparison(Struct, frozen=True, kw_only=True):
    """The second run against the first: `arms` has one comparison for each arm that both measured.

    In each, `difference` is second minus first, and `tuned_mean` and `cheaper_mean` are theirs. `outcome` is of the
    tuned arm where both have one, else of the best arm of each; `deciding` names it.
    """

    version: int = 1
    first: str
    second: str
    metric: str
    arms: tuple[Comparison, ...]
    deciding: str
    outcome: str
    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    usd_first: float
    usd_second: float

    @property
    def exit_code(self) -> int:
        """5 where the second run is not shown to be better: spending on it was not worth it."""
        return 0 if self.outcome == "better" else 5


def compare_runs(project: Project, first: str, second: str) -> RunComparison:
    """Raises UsageFault for runs that are not there, BadInput where they share no rows or were graded otherwise."""
    before, after = _result(project, first), _result(project, second)
    if before.metric != after.metric:
        raise BadInput(
            f"{first} was graded by `{before.metric}` and {second} by `{after.metric}`: their scores do not compare",
            hint="run one again with the other's `task.metric`; answers that are known are only graded again",
        )
    ours, theirs = _scores(project, second), _scores(project, first)
    shared = [name for name in theirs if name in ours]
    if not shared:
        raise BadInput(f"{first} and {second} have no measured arm in common", hint="see `thriftune runs ls`")
    binary = all(row.grade.score in (0, 1) for arm in (*ours.values(), *theirs.values()) for row in arm.graded)
    arms = tuple(compare(ours[name], theirs[name], binary=binary, seed=0) for name in shared)
    deciding = next((one for one in arms if one.arm == "tuned"), None)
    deciding = deciding or max(arms, key=lambda one: max(one.tuned_mean, one.cheaper_mean))
    changes = tuple(_changes(before, after))
    return RunComparison(
        first=first,
        second=second,
        metric=after.metric,
        arms=arms,
        deciding=deciding.arm,
        outcome=deciding.outcome,
        changes=changes,
        notes=tuple(_notes(changes, arms, len(next(iter(ours.values())).rows))),
        usd_first=before.spent.usd,
        usd_second=after.spent.usd,
    )


def _result(project: Project, run_id: str) -> RunResult:
    known = [run.run_id for run in project.ledger.runs()]
    if run_id not in known:
        near = [run for run in known if run.startswith(run_id)] if run_id else []
        listed = ", ".join(known[:5]) or "there is none yet"
        raise UsageFault(f"no run `{run_id}`", hint=f"did you mean {near[0]}?" if near else f"the latest are {listed}")
    file = project.run_folder(run_id) / "result.json"
    try:
        return msgspec.json.decode(file.read_bytes(), type=RunResult)
    except FileNotFoundError:
        raise UsageFault(f"run `{run_id}` has no result: it did not come to its end", hint="run it again") from None
    except (OSError, ValueError) as failure:
        raise BadInput(f"{file} cannot be read: {failure}", hint="run it again: what was answered is kept") from None


def _scores(project: Project, run_id: str) -> dict[str, ArmScores]:
    files: list[Path] = sorted((project.run_folder(run_id) / "scores").glob("*.json"))
    return {scores.name: scores for file in files for scores in load_scores(file)}


def _changes(before: RunResult, after: RunResult) -> Iterator[Change]:
    old, new = _facts(before), _facts(after)
    for name in {**old, **new}:
        if old.get(name) != new.get(name):
            yield Change(name=name, first=old.get(name), second=new.get(name))


def _facts(result: RunResult) -> Mapping[str, Any]:
    plan = result.plan or {}
    facts = {name: plan[name] for name in _MAJOR if name in plan}
    if plan:
        facts["rows a step"] = plan["micro_batch_size"] * plan["gradient_accumulation_steps"]
    return {"training rows": result.train_digest, "prompt": result.prompt, **facts}


def _notes(changes: tuple[Change, ...], arms: tuple[Comparison, ...], rows: int) -> Iterator[str]:
    if len(changes) > 1:
        names = ", ".join(change.name for change in changes)
        yield f"{len(changes)} things were changed at once ({names}): which of them made the difference is not known"
    if not changes:
        yield "nothing that is recorded was changed between them"
    fewest = min(one.rows for one in arms)
    if fewest < rows:
        yield f"only {fewest} of {rows} test rows are in both: the splits or the files differ"
