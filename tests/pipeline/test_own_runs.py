"""The next plan starts from what this project's own trainings took."""

from __future__ import annotations

import json

import pytest

from wrapper.pipeline.planning import plan_of


@pytest.fixture
def after_a_run(climb, write_spec, world):
    """The plan after a run, whose result was changed by hand."""

    def plan(**training):
        loaded = write_spec()
        before = plan_of(loaded).plan
        result, _ = climb(loaded)
        file = loaded.folder / ".thriftune" / "runs" / result.run_id / "result.json"
        document = json.loads(file.read_text())
        document["training"] |= {"seconds": 60.0, "start_seconds": 20.0, "memory_gib": {"resident": 3.0}} | training
        file.write_text(json.dumps(document))
        return before, plan_of(loaded).plan

    return plan


def test_time_and_memory_come_from_the_own_run(after_a_run) -> None:
    before, after = after_a_run()
    assert after.estimate.basis_detail.startswith("./model qlora on EPYC (run ")
    assert after.estimate.memory_gib.likely == pytest.approx(3.0, rel=0.01)
    assert after.estimate.seconds.likely == pytest.approx(60 + 1 * 5, abs=6)
    assert before.estimate.basis == "extrapolated"
    assert after.estimate.basis == "measured"


@pytest.mark.parametrize(
    "training", [{"seconds": 20.0}, {"memory_gib": {}}, {"start_seconds": None}, {"memory_gib": {"resident": -1}}]
)
def test_a_result_that_makes_no_sense_is_passed_over(after_a_run, training) -> None:
    before, after = after_a_run(**training)
    assert after.estimate == before.estimate
