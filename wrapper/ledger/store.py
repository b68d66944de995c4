"""The ledger: a SQLite file that survives a kill at any moment, and knows what was running then."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from wrapper.errors import BadInput
from wrapper.ledger.databases import connect, explained
from wrapper.ledger.events import last_elapsed
from wrapper.ledger.records import Override, RunRecord, Spend, StepRecord

VERSION = 2
_TABLES = """
create table if not exists runs (
    run_id text primary key, command text not null, task text not null, status text not null,
    exit_code integer, outcome text not null default '', started_at real not null, ended_at real,
    pid integer not null, pid_started real not null);
create table if not exists steps (
    step_id integer primary key, run_id text not null references runs, name text not null,
    key text not null, status text not null, started_at real not null, seconds real not null default 0,
    usd_per_hour real not null default 0, detail text not null default '{}', usd_paid real not null default 0);
create index if not exists steps_by_key on steps (key, status);
create table if not exists overrides (run_id text not null references runs, gate text not null, reason text not null);
create table if not exists looks (test_digest text not null, key text not null, run_id text not null,
    primary key (test_digest, key));
"""
_RUN_COLUMNS = "run_id, command, task, status, exit_code, outcome, started_at, ended_at, pid, pid_started"
_MIGRATIONS = {1: "alter table steps add column usd_paid real not null default 0"}  # from that version to the next
_STEP_COLUMNS = "step_id, run_id, name, key, status, started_at, seconds, usd_per_hour, usd_paid, detail"

IsAlive = Callable[[int, float], bool]


def _statements(found: int) -> list[str]:
    """What brings a file of a format, 0 for an empty one, to the format of today."""
    return [_MIGRATIONS[version] for version in range(found, VERSION)] if found else _TABLES.split(";")


class Ledger:
    """Every run of a project, its steps, their cost. Each call is one durable transaction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._explained():
            self._db = connect(path)
            found = self._db.execute("pragma user_version").fetchone()[0]
            if found > VERSION:
                raise BadInput(
                    f"{path}: this ledger was written by a newer thriftune (format {found}, known {VERSION})",
                    hint="upgrade thriftune",
                )
            if found < VERSION:  # else nothing is written: looking at a ledger takes no lock
                self._bring_up_to_date(found)

    def _bring_up_to_date(self, found: int) -> None:
        """All or nothing; another thriftune may have done it in the meantime."""
        self._db.execute("begin immediate")
        try:
            if self._db.execute("pragma user_version").fetchone()[0] == found:
                for statement in _statements(found):
                    self._db.execute(statement)
                self._db.execute(f"pragma user_version = {VERSION}")
            self._db.execute("commit")
        except BaseException:
            self._db.execute("rollback")
            raise

    def _explained(self) -> AbstractContextManager[None]:
        return explained(
            self.path,
            "the ledger",
            if_full="free some disk space or mend the folder's rights, then run again",
            if_damaged=f"move it aside (`mv {self.path} {self.path}.damaged`): a new one is begun, and what it "
            "recorded as spent is then no longer counted",
        )

    def _execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        with self._explained():
            return self._db.execute(statement, values)

    # runs

    def start_run(self, *, command: str, task: str, pid_started: float) -> str:
        """Record a run as started, before anything is launched; returns its id."""
        while True:
            run_id = time.strftime("%Y%m%d-%H%M%S-", time.gmtime()) + secrets.token_hex(2)
            made = self._execute(
                "insert or ignore into runs (run_id, command, task, status, started_at, pid, pid_started)"
                " values (?, ?, ?, 'running', ?, ?, ?)",
                run_id, command, task, time.time(), os.getpid(), pid_started,
            )  # fmt: skip
            if made.rowcount:  # else another run of this second drew the same id
                return run_id

    def close_run(self, run_id: str, *, status: str, exit_code: int | None, outcome: str) -> None:
        self._execute(
            "update runs set status = ?, exit_code = ?, outcome = ?, ended_at = ? where run_id = ?",
            status, exit_code, outcome, time.time(), run_id,
        )  # fmt: skip

    def runs(self) -> list[RunRecord]:
        """All runs, the latest first."""
        rows = self._execute(f"select {_RUN_COLUMNS} from runs order by started_at desc")  # noqa: S608
        names = _RUN_COLUMNS.split(", ")
        return [RunRecord(**dict(zip(names, row, strict=True))) for row in rows]

    # steps

    def start_step(
        self, run_id: str, name: str, key: str, *, usd_per_hour: float, detail: dict[str, Any] | None = None
    ) -> int:
        """Record a step as started; returns its number."""
        cursor = self._execute(
            "insert into steps (run_id, name, key, status, started_at, usd_per_hour, detail)"
            " values (?, ?, ?, 'running', ?, ?, ?)",
            run_id, name, key, time.time(), usd_per_hour, json.dumps(detail or {}),
        )  # fmt: skip
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def beat(
        self, step_id: int, *, seconds: float, usd_paid: float = 0.0, detail: dict[str, Any] | None = None
    ) -> None:
        """Put the cost so far on disk, so that a kill does not lose it."""
        self._execute(
            "update steps set seconds = ?, usd_paid = ?, detail = coalesce(?, detail) where step_id = ?",
            seconds, usd_paid, None if detail is None else json.dumps(detail), step_id,
        )  # fmt: skip

    def close_step(
        self,
        step_id: int,
        *,
        status: str,
        seconds: float,
        usd_paid: float = 0.0,
        detail: dict[str, Any] | None = None,
    ) -> None:
        self._execute(
            "update steps set status = ?, seconds = ?, usd_paid = ?, detail = coalesce(?, detail) where step_id = ?",
            status, seconds, usd_paid, None if detail is None else json.dumps(detail), step_id,
        )  # fmt: skip

    def steps(self, run_id: str) -> list[StepRecord]:
        """The steps of a run, in their order."""
        return self._steps("where run_id = ? order by step_id", run_id)

    def latest_step(self, key: str, *statuses: str) -> StepRecord | None:
        """The last step with these inputs that ended in one of `statuses`."""
        marks = ", ".join("?" * len(statuses))
        found = self._steps(f"where key = ? and status in ({marks}) order by step_id desc limit 1", key, *statuses)
        return found[0] if found else None

    def _steps(self, condition: str, *values: object) -> list[StepRecord]:
        rows = self._execute(f"select {_STEP_COLUMNS} from steps {condition}", *values)  # noqa: S608
        names = _STEP_COLUMNS.split(", ")
        records = (dict(zip(names, row, strict=True)) for row in rows)
        return [StepRecord(**{**record, "detail": json.loads(record["detail"])}) for record in records]

    # money, gates, looks

    def spent(self, run_id: str | None = None) -> Spend:
        """What the project, or one run of it, has spent so far."""
        condition = "where run_id = ?" if run_id else ""
        hours, usd = self._execute(
            "select coalesce(sum(seconds), 0) / 3600, coalesce(sum(seconds * usd_per_hour / 3600 + usd_paid), 0)"  # noqa: S608
            f" from steps {condition}",
            *([run_id] if run_id else []),
        ).fetchone()
        return Spend(usd=usd, gpu_hours=hours)

    def record_override(self, run_id: str, gate: str, reason: str) -> None:
        self._execute("insert into overrides values (?, ?, ?)", run_id, gate, reason)

    def overrides(self, run_id: str) -> list[Override]:
        rows = self._execute("select run_id, gate, reason from overrides where run_id = ?", run_id)
        return [Override(run_id=run, gate=gate, reason=reason) for run, gate, reason in rows]

    def record_look(self, test_digest: str, key: str, run_id: str) -> None:
        """Count that a tuned model was scored on these test rows; the same scores count once."""
        self._execute("insert or ignore into looks values (?, ?, ?)", test_digest, key, run_id)

    def looks(self, test_digest: str) -> int:
        """How many tuned models have been scored on these test rows."""
        found = self._execute("select count(*) from looks where test_digest = ?", test_digest)
        return int(found.fetchone()[0])

    def reconcile(self, is_alive: IsAlive) -> list[RunRecord]:
        """Tell the truth about runs whose program is gone; returns those that were closed.

        The cost of the step that was running is the last one written: by thriftune itself, or by the
        trainer, which goes on until it has saved. While that one lives, its step stays open.
        """
        closed = []
        for run in self.runs():
            if run.status == "running":
                if is_alive(run.pid, run.pid_started):
                    continue
                self.close_run(run.run_id, status="interrupted", exit_code=None, outcome="thriftune was killed")
                closed.append(run)
            if run.status in ("running", "interrupted"):
                self._close_steps(run.run_id, is_alive)
        return closed

    def _close_steps(self, run_id: str, is_alive: IsAlive) -> None:
        for step in self.steps(run_id):
            detail = step.detail
            if step.status != "running" or is_alive(int(detail.get("pid", 0)), float(detail.get("pid_started", 0))):
                continue
            events = detail.get("events_file")
            trainer = last_elapsed(self.path.parent / events) if events else 0.0
            seconds = max(step.seconds, trainer)
            paid = step.usd_paid
            self.close_step(step.step_id, status="interrupted", seconds=seconds, usd_paid=paid, detail=detail)
