"""The ledger after a crash, under two writers, and on a file that is no ledger."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from wrapper.errors import BadInput, EnvironmentFault
from wrapper.ledger.store import VERSION, Ledger


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".thriftune" / "ledger"


@pytest.fixture
def ledger(path: Path) -> Ledger:
    return Ledger(path)


def begin(ledger: Ledger, task: str = "slots") -> str:
    return ledger.start_run(command="run", task=task, pid_started=12.5)


def test_each_write_is_seen_by_another_connection_at_once(ledger: Ledger, path: Path) -> None:
    other = Ledger(path)
    run = begin(ledger)
    assert [(one.run_id, one.status, one.ended_at) for one in other.runs()] == [(run, "running", None)]
    step = ledger.start_step(run, "training", "k", usd_per_hour=3.6, detail={"work": "w"})
    assert [(one.name, one.status, one.detail) for one in other.steps(run)] == [("training", "running", {"work": "w"})]
    ledger.beat(step, seconds=100)
    assert other.steps(run)[0].detail == {"work": "w"}  # a beat without detail keeps it
    assert other.spent().usd == pytest.approx(0.1)
    ledger.beat(step, seconds=1000, detail={"pid": 7})
    assert other.steps(run)[0].detail == {"pid": 7}
    ledger.close_step(step, status="done", seconds=1800)
    ledger.close_run(run, status="done", exit_code=0, outcome="better")
    (closed,) = other.runs()
    assert (closed.status, closed.exit_code, closed.outcome) == ("done", 0, "better")
    assert (other.steps(run)[0].status, other.steps(run)[0].detail) == ("done", {"pid": 7})
    assert other.steps(run)[0].usd == pytest.approx(1.8)


def test_spend_is_summed_by_run_and_over_all(ledger: Ledger) -> None:
    first, second = begin(ledger), begin(ledger)
    for run, seconds, price in ((first, 3600, 2.0), (first, 1800, 0.0), (second, 3600, 1.0)):
        step = ledger.start_step(run, "s", "k", usd_per_hour=price)
        ledger.close_step(step, status="failed", seconds=seconds)
    assert (ledger.spent(first).usd, ledger.spent(first).gpu_hours) == (2.0, 1.5)
    assert (ledger.spent().usd, ledger.spent().gpu_hours) == (3.0, 2.5)
    assert ledger.spent("no such run").usd == 0


def test_two_connections_write_in_turn(ledger: Ledger, path: Path) -> None:
    other = Ledger(path)
    for number in range(20):
        writer = (ledger, other)[number % 2]
        begin(writer, task=str(number))
    assert {run.task for run in ledger.runs()} == {str(number) for number in range(20)}
    assert len({run.run_id for run in other.runs()}) == 20


def test_after_a_kill_the_cost_comes_from_what_the_trainer_wrote(ledger: Ledger, path: Path, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text(
        '{"event": "armed", "elapsed_seconds": 20.0}\n{"event": "step", "elapsed_seconds": 65.5}\n{"event": "st'
    )
    run = begin(ledger)
    done = ledger.start_step(run, "classical", "c", usd_per_hour=1)
    ledger.close_step(done, status="done", seconds=2)
    cut = ledger.start_step(run, "training", "t", usd_per_hour=1, detail={"events_file": str(events), "work": "w"})
    ledger.beat(cut, seconds=60.0)

    seen: list[tuple[int, float]] = []
    after = Ledger(path)  # the first connection is never closed, as a killed program's
    closed = after.reconcile(lambda pid, started: bool(seen.append((pid, started))))
    assert [one.run_id for one in closed] == [run]
    assert seen[0][1] == 12.5
    assert [(step.status, step.seconds) for step in after.steps(run)] == [("done", 2.0), ("interrupted", 65.5)]
    assert after.latest_step("t", "interrupted").detail["work"] == "w"  # type: ignore[union-attr]
    assert (after.runs()[0].status, after.runs()[0].exit_code) == ("interrupted", None)
    assert after.reconcile(lambda pid, started: False) == []


def test_the_beat_counts_where_it_is_later_than_the_events(ledger: Ledger) -> None:
    run = begin(ledger)
    step = ledger.start_step(run, "training", "t", usd_per_hour=1, detail={"events_file": "/nowhere"})
    ledger.beat(step, seconds=60.0)
    ledger.reconcile(lambda pid, started: False)
    assert ledger.steps(run)[0].seconds == 60.0


def test_a_trainer_that_outlives_thriftune_keeps_its_step_open(ledger: Ledger) -> None:
    run = begin(ledger)
    ledger.start_step(run, "training", "t", usd_per_hour=1, detail={"pid": 77, "pid_started": 5.0})
    assert [one.run_id for one in ledger.reconcile(lambda pid, started: pid == 77)] == [run]
    assert (ledger.runs()[0].status, ledger.steps(run)[0].status) == ("interrupted", "running")
    assert ledger.reconcile(lambda pid, started: False) == []
    assert ledger.steps(run)[0].status == "interrupted"


def test_a_run_whose_program_lives_is_left_alone(ledger: Ledger) -> None:
    begin(ledger)
    assert ledger.reconcile(lambda pid, started: True) == []
    assert ledger.runs()[0].status == "running"


def test_the_latest_step_with_a_key_and_a_status(ledger: Ledger) -> None:
    run = begin(ledger)
    for status in ("done", "failed", "stopped", "done"):
        ledger.close_step(ledger.start_step(run, "s", "k", usd_per_hour=0), status=status, seconds=0)
    assert ledger.latest_step("k", "done").step_id == 4  # type: ignore[union-attr]
    assert ledger.latest_step("k", "failed", "stopped").step_id == 3  # type: ignore[union-attr]
    assert ledger.latest_step("other", "done") is None


def test_looks_are_counted_once_for_the_same_scores(ledger: Ledger) -> None:
    for key in ("one", "two", "one"):
        ledger.record_look("rows", key, begin(ledger))
    assert (ledger.looks("rows"), ledger.looks("other rows")) == (2, 0)


def test_overrides_belong_to_their_run(ledger: Ledger) -> None:
    first, second = begin(ledger), begin(ledger)
    ledger.record_override(first, "need", "the target will rise")
    assert [(one.gate, one.reason) for one in ledger.overrides(first)] == [("need", "the target will rise")]
    assert ledger.overrides(second) == []


def test_a_newer_format_is_refused(ledger: Ledger, path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute(f"pragma user_version = {VERSION + 1}")
    with pytest.raises(BadInput, match=f"newer thriftune .format {VERSION + 1}, known {VERSION}.") as refused:
        Ledger(path)
    assert "upgrade" in refused.value.hint


@pytest.mark.parametrize("damage", ["all", "pages"])
def test_a_damaged_file_is_bad_input_with_a_way_out(ledger: Ledger, path: Path, damage: str) -> None:
    for number in range(40):
        begin(ledger, task=json.dumps([number] * 250))
    size = path.stat().st_size
    with path.open("r+b") as stream:
        stream.seek(0 if damage == "all" else 4096)
        stream.write(b"\x5a" * (size if damage == "all" else size - 4096))
    with pytest.raises(BadInput, match="damaged") as refused:
        Ledger(path).runs()
    assert f"mv {path}" in refused.value.hint


def test_a_place_that_cannot_be_written_is_the_environments_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFault, match="cannot be written"):
        Ledger(tmp_path / "file" / "ledger")


def test_opening_a_ledger_again_writes_nothing(ledger: Ledger, path: Path) -> None:
    begin(ledger)
    before = path.read_bytes()
    locker = sqlite3.connect(path, isolation_level=None)
    locker.execute("begin immediate")  # another thriftune is in the middle of a write
    assert Ledger(path).runs()[0].task == "slots"
    locker.execute("rollback")
    assert path.read_bytes() == before


def test_two_runs_of_one_second_never_share_an_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["aaaa", "aaaa", "bbbb"])
    monkeypatch.setattr("wrapper.ledger.store.secrets.token_hex", lambda count: next(drawn))
    monkeypatch.setattr("wrapper.ledger.store.time.strftime", lambda *_: "20261125-000000-")
    ledger = Ledger(tmp_path / "ledger")
    made = [ledger.start_run(command="run", task="t", pid_started=0.0) for _ in range(2)]
    assert made == ["20261125-000000-aaaa", "20261125-000000-bbbb"]


def test_a_ledger_of_the_first_format_goes_on(path: Path) -> None:
    """Format 1 knew no money that was paid to endpoints."""
    import sqlite3

    ledger = Ledger(path)
    run = ledger.start_run(command="run", task="t", pid_started=0.0)
    step = ledger.start_step(run, "training", "k", usd_per_hour=3.6)
    ledger.close_step(step, status="done", seconds=10.0)
    with sqlite3.connect(path) as db:
        db.execute("alter table steps drop column usd_paid")
        db.execute("pragma user_version = 1")
    again = Ledger(path)
    assert again.spent().usd == pytest.approx(0.01)
    paid = again.start_step(run, "hosted", "h", usd_per_hour=0.0)
    again.beat(paid, seconds=0.0, usd_paid=0.25)
    assert again.spent().usd == pytest.approx(0.26)
    assert again.steps(run)[-1].usd == pytest.approx(0.25)
