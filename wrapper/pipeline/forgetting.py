"""Did the tuned model forget? lm-eval's own tasks, the base model against the tuned one, row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from wrapper.errors import BackendFailed, BadInput
from wrapper.evaluation.statistics import Retention, noninferiority
from wrapper.pipeline.measurement import Session
from wrapper.spec.fields import Regression
from wrapper.train.checkpoints import sha256_of

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
    (metric, base), (_, tuned) = (_scores(session, regression, folder, tuned=tuned) for tuned in (False, True))
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
    file = _rows_file(regression, folder)
    if file is None:
        return {"task": regression.task}
    return {
        "task": regression.task,
        "dataset_path": _FORMATS[file.suffix],
        "dataset_name": None,
        "dataset_kwargs": {"data_files": dict.fromkeys(("train", "validation", "test"), str(file))},
    }


def _rows_file(regression: Regression, folder: Path) -> Path | None:
    """Where the rows lie, None on the hub; raises BadInput for a file that is not there or not of a known kind."""
    if regression.data is None:
        return None
    file = (folder / Path(regression.data).expanduser()).resolve()
    if not file.is_file() or file.suffix not in _FORMATS:
        raise BadInput(
            f"the rows of the regression task `{regression.task}`: no file `{regression.data}` "
            f"({', '.join(_FORMATS)})",
            hint="paths are relative to the spec",
        )
    return file


def rows_digest(regression: Regression, folder: Path) -> str:
    """sha256 of the file with a task's rows, empty where they lie on the hub."""
    file = _rows_file(regression, folder)
    return sha256_of(file) if file else ""


def _scores(session: Session, regression: Regression, folder: Path, *, tuned: bool) -> tuple[str, dict[str, float]]:
    key = session.engine.task_key(regression.task, rows_digest(regression, folder), regression.rows, tuned=tuned)
    known = session.store.get(key)
    if known is not None:
        return msgspec.json.decode(known, type=tuple[str, dict[str, float]])
    try:
        found = session.engine.lm_eval_scores(task_config(regression, folder), regression.rows, tuned=tuned)
    except BackendFailed as failure:
        raise BackendFailed(f"the regression task `{regression.task}`: {failure.message}", hint=failure.hint) from None
    session.store.put(key, msgspec.json.encode(found))
    return found
