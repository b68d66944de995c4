"""Regression tasks tried before anything is spent: does lm-eval know them, and do the given rows fit."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from wrapper import process
from wrapper.environments import Environment
from wrapper.errors import BackendFailed, faulty_file
from wrapper.ledger.answers import StoredAnswers
from wrapper.pipeline.forgetting import regressions, rows_digest, task_config
from wrapper.pipeline.run import Run, key_of
from wrapper.resources import worker_dir

_TIMEOUT_SECONDS = 600.0
_OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}


def check_regressions(run: Run, environment: Environment) -> None:
    """Raises BadInput with a fault for each task that lm-eval does not know or whose rows it cannot read.

    The rows of a task on the hub are not fetched for it.
    """
    folder = run.loaded.folder
    asked = regressions(run.loaded.spec.evaluation.regression)
    if not asked:
        return
    tasks = [{"task": task_config(one, folder), "rows": one.rows} for one in asked]
    key = key_of("lm_eval_tasks", tasks, [rows_digest(one, folder) for one in asked], environment.lock_digest)
    with closing(StoredAnswers(run.project.answers_file)) as store:
        if store.get(key) is not None:
            return
        run.reporter.note("trying the regression tasks in lm-eval")
        found = _faults(environment, tasks)
        document = run.loaded.document
        faults = [
            document.fault("value", f"`{one.task}`: {said}", ("evaluation", "regression", place))
            for place, (one, said) in enumerate(zip(asked, found, strict=True))
            if said
        ]
        if faults:
            raise faulty_file(document.file, faults, hint="mend `evaluation.regression`; nothing was spent")
        store.put(key, b"ok")


def _faults(environment: Environment, tasks: list[dict[str, Any]]) -> list[str]:
    """What is wrong with each, empty where nothing is."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "tasks.json")
        file.write_bytes(msgspec.json.encode(tasks))
        ended = process.run(
            [str(environment.python), str(worker_dir() / "check_lm_eval_tasks.py"), str(file), folder],
            env=process.child_environment({**_OFFLINE, "HF_DATASETS_CACHE": f"{folder}/datasets"}),
            timeout=_TIMEOUT_SECONDS,
        )
    try:
        return msgspec.json.decode(ended.stdout, type=list[str])
    except msgspec.DecodeError:
        last = "took too long" if ended.timed_out else " ".join(ended.stderr.split())[-500:]
        raise BackendFailed(
            f"lm-eval could not try the regression tasks: {last}", hint="thriftune backend check trl"
        ) from None
