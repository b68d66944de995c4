"""Steps, gates and keys of a run: what is recorded, when it may be skipped, how it ends."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper.errors import BackendFailed, BudgetReached, GateRefused, Interrupted
from wrapper.ledger.store import Ledger
from wrapper.pipeline.run import key_of
from wrapper.spec.fields import Data

_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)


def reversed_keys(value: object) -> object:
    if isinstance(value, dict):
        return {key: reversed_keys(part) for key, part in reversed(value.items())}
    return [reversed_keys(part) for part in value] if isinstance(value, list) else value


@given(value=_values)
def test_a_key_does_not_depend_on_the_order_of_keys(value: object) -> None:
    assert key_of("step", value) == key_of("step", reversed_keys(value))


@given(first=_values, second=_values)
def test_keys_are_equal_where_inputs_are_and_only_there(first: object, second: object) -> None:
    same = json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
    assert (key_of(first) == key_of(second)) == same
    assert key_of(first, second) != key_of([first, second])


def test_the_order_of_a_list_and_every_field_of_a_spec_count() -> None:
    assert key_of([1, 2]) != key_of([2, 1])
    assert key_of("a", "b") != key_of("ab")
    assert key_of(Data(train="a", seed=1)) != key_of(Data(train="a", seed=2))
    assert key_of(Path("/a")) == key_of("/a")


def status(run, number: int = 0) -> tuple[str, str]:
    step = Ledger(run.project.state / "ledger").steps(run.run_id)[number]
    return step.name, step.status


@pytest.mark.parametrize(
    ("ending", "recorded"),
    [
        (BudgetReached("cap"), "stopped"),
        (Interrupted("ctrl-c"), "interrupted"),
        (KeyboardInterrupt(), "interrupted"),
        (BackendFailed("oom"), "failed"),
        (ValueError("a fault"), "failed"),
    ],
)
def test_a_step_is_closed_however_it_ends(make_run, ending: BaseException, recorded: str) -> None:
    run = make_run()
    with pytest.raises(type(ending)), run.step("training", "k", work="w") as step:
        assert status(run) == ("training", "running")
        step.detail["pid"] = 7
        raise ending
    assert status(run) == ("training", recorded)
    assert run.project.ledger.steps(run.run_id)[0].detail == {"work": "w", "pid": 7}


def test_a_done_step_costs_its_seconds_and_a_free_one_nothing(make_run) -> None:
    run = make_run()
    for free in (False, True):
        with run.step("s", "k") as step:
            step.free = free
            step.started -= 100
    paid, unpaid = run.project.ledger.steps(run.run_id)
    assert paid.seconds == pytest.approx(100, abs=5) and paid.usd == pytest.approx(0.1, abs=0.01)
    assert (unpaid.seconds, unpaid.usd) == (0, 0)


def test_the_cost_is_on_disk_while_a_step_runs_about_once_a_second(make_run) -> None:
    run = make_run()
    with run.step("s", "k") as step:
        step.tick()
        assert run.project.ledger.steps(run.run_id)[0].seconds == 0
        step.started -= 50
        step.detail["pid"] = 9
        step.tick()
        kept = Ledger(run.project.state / "ledger").steps(run.run_id)[0]
        assert kept.seconds == pytest.approx(50, abs=5) and kept.detail == {"pid": 9}
        step.tick()
        assert run.project.ledger.steps(run.run_id)[0].seconds == kept.seconds
        step.started = time.monotonic()


def test_a_step_is_done_before_only_while_what_it_made_is_there(make_run, tmp_path: Path) -> None:
    run, made = make_run(), tmp_path / "made"
    made.touch()
    with run.step("s", "with") as step:
        step.detail["made"] = str(made)
    with run.step("s", "without"):
        pass
    with pytest.raises(BackendFailed), run.step("s", "failed") as step:
        step.detail["made"] = str(made)
        raise BackendFailed("no")
    assert run.done_before("with").detail["made"] == str(made)
    assert [run.done_before(key) for key in ("without", "failed", "never")] == [None, None, None]
    made.unlink()
    assert run.done_before("with") is None


def test_a_gate_refuses_with_its_name_and_how_to_pass_it(make_run) -> None:
    run = make_run()
    with pytest.raises(GateRefused) as refused:
        run.gate("need", "a classifier does it", hint="ship it")
    assert (refused.value.gate, refused.value.message) == ("need", "a classifier does it")
    assert refused.value.hint == "ship it; or pass it with `--override need=REASON`"
    assert run.project.ledger.overrides(run.run_id) == []


def test_a_gate_that_is_overridden_is_kept_with_its_reason(make_run, told) -> None:
    run = make_run(overrides={"need": "a demo"})
    run.gate("need", "a classifier does it", hint="ship it")
    assert run.passed == {"need": "a demo"}
    assert [(one.gate, one.reason) for one in run.project.ledger.overrides(run.run_id)] == [("need", "a demo")]
    assert told.notes == ["need gate overridden (a demo): a classifier does it"]
    with pytest.raises(GateRefused):
        run.gate("fit", "too large", hint="smaller")
