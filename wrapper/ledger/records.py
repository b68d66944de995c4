"""What the ledger holds: runs, the steps of a run, and what they cost."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Spend(Struct, frozen=True, kw_only=True):
    """What was spent; `gpu_hours` are hours of the device that is paid for, a CPU too."""

    usd: float
    gpu_hours: float


class StepRecord(Struct, frozen=True, kw_only=True):
    """One step of a run. `key` digests its inputs: a done step with the same key need not run again.

    `status` is running, done, failed, stopped (at the budget) or interrupted.
    `seconds` is what is billed, the crash of a run included; `usd` follows from the hourly price, and from
    `usd_paid`, which endpoints asked for their answers.
    """

    step_id: int
    run_id: str
    name: str
    key: str
    status: str
    started_at: float
    seconds: float
    usd_per_hour: float
    usd_paid: float
    detail: dict[str, Any]

    @property
    def usd(self) -> float:
        return self.seconds / 3600 * self.usd_per_hour + self.usd_paid


class RunRecord(Struct, frozen=True, kw_only=True):
    """One call of `thriftune run` or `thriftune train`.

    `status` is running, done, refused (a gate said no), stopped (at the budget), failed or interrupted.
    `outcome` is one line: the verdict, or why it ended.
    """

    run_id: str
    command: str
    task: str
    status: str
    exit_code: int | None
    outcome: str
    started_at: float
    ended_at: float | None
    pid: int
    pid_started: float


class Override(Struct, frozen=True, kw_only=True):
    """A gate that the user overrode, and the reason given."""

    run_id: str
    gate: str
    reason: str
