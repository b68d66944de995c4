"""Did the tuned model forget? lm-eval's own tasks, the base model against the tuned one, row by row."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from wrapper.errors import BackendFailed, BadInput
from wrapper.evaluation.statistics import Retention, noninferiority
from wrapper.pipeline.measurement import Session
from wrapper.spec.fields import Regression

_FORMATS = {".jsonl": "json", ".json": "json", ".parquet": "parquet", ".csv": "csv"}


class Forgotten(Struct, frozen=True, kw_only=True):
    """A regression task: its metric, the means of both, and whether the loss stays within the margin.

    `difference` is tuned minus base with its 95 % interval; `p` and `rows_needed` are as `noninferiority` has them.
    """

    task: str
    metric: str
    rows: int
    margin: float
    base_mean: float
    tuned_mean: float
    difference: float
    low: float
    high: float
    p: float
    outcome: Retention
    rows_needed: int | None


def regressions(named: tuple[str | Regression, ...]) -> list[Regression]:
    """Every regression task of a spec as a table."""
    return [Regression(task=one) if isinstance(one, str) else one for one in named]


def needs_hub(named: tuple[str | Regression, ...]) -> bool:
    """True where the rows of some task have to be fetched."""
    return any(one.data is None for one in regressions(named))


def measure_forgetting(session: Session, regression: Regression, folder: Path, *, seed: int) -> Forgotten:
    """Score both models on the same rows of the task; each is scored once, whatever run asks."""
    task = task_config(regression, folder)
    (metric, base), (_, tuned) = (
        _scores(session, task, regression, folder, tuned=tuned) for tuned in (False, True)
    )
    shared = [row for row in base if row in tuned]
    before, after = [base[row] for row in shared], [tuned[row] for row in shared]
    binary = set(before) | set(after) <= {0.0, 1.0}
    found = noninferiority(before, after, regression.margin, binary=binary, seed=seed)
    forgotten = Forgotten(
        task=regression.task,
        metric=metric,
        rows=len(shared),
        margin=regression.margin,
        base_mean=sum(before) / len(before),
        tuned_mean=sum(after) / len(after),
        difference=found.difference,
        low=found.low,
        high=found.high,
        p=found.p,
        outcome=found.outcome,
        rows_needed=found.rows_needed,
    )
    session.run.reporter.step(regression.task, forgetting_text(forgotten))
    return forgotten


def forgetting_text(one: Forgotten) -> str:
    """One line: both means, and what follows."""
    says = {
        "kept": f"no worse by {one.margin:g} or more",
        "lost": "worse",
        "undecided": f"a loss of {one.margin:g} is not ruled out",
    }
    return (
        f"{one.metric} {one.base_mean:.3f} before, {one.tuned_mean:.3f} tuned: {says[one.outcome]} "
        f"({one.difference:+.3f}, 95 % interval {one.low:+.3f} to {one.high:+.3f}, {one.rows} rows)"
    )


def task_config(regression: Regression, folder: Path) -> dict[str, Any]:
    """What lm-eval is given: the task's name, and where its rows lie if not on the hub; all splits are those rows."""
    if regression.data is None:
        return {"task": regression.task}
    file = (folder / Path(regression.data).expanduser()).resolve()
    if not file.is_file() or file.suffix not in _FORMATS:
        raise BadInput(
            f"the rows of the regression task `{regression.task}`: no file `{regression.data}` "
            f"({', '.join(_FORMATS)})",
            hint="paths are relative to the spec",
        )
    return {
        "task": regression.task,
        "dataset_path": _FORMATS[file.suffix],
        "dataset_name": None,
        "dataset_kwargs": {"data_files": dict.fromkeys(("train", "validation", "test"), str(file))},
    }


def _scores(
    session: Session, task: dict[str, Any], regression: Regression, folder: Path, *, tuned: bool
) -> tuple[str, dict[str, float]]:
    model = session.engine.model
    rows = sha256((folder / regression.data).read_bytes()).hexdigest() if regression.data else ""
    lock = session.engine.environment.lock_digest
    of_model = (model.digest, model.adapter_digest if tuned else "", model.dtype, lock)
    key = sha256(msgspec.json.encode(("lm_eval", of_model, regression.task, rows, regression.rows))).hexdigest()
    known = session.store.get_many([key]).get(key)
    if known is not None:
        metric, scores = msgspec.json.decode(known, type=tuple[str, dict[str, float]])
        return metric, scores
    try:
        metric, scores = session.engine.lm_eval_scores(task, regression.rows, tuned=tuned)
    except BackendFailed as failure:
        raise BackendFailed(
            f"the regression task `{regression.task}`: {failure.message}",
            hint=f"is there such a task in lm-eval, and do its rows fit? {failure.hint}",
        ) from failure
    session.store.put(key, msgspec.json.encode((metric, scores)))
    return metric, scores
