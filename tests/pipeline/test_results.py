"""The table's lines: what was measured, what could not be graded, what was not climbed."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from wrapper.evaluation.scores import ArmScores, Grade, RowScore
from wrapper.pipeline.results import ArmLine, arm_lines

GOLDS = {str(n): "" for n in range(4)}


def scores(arm: str, grades: list[float | None], scoring: str = "generated", seconds: float = 36.0) -> ArmScores:
    rows = tuple(
        RowScore(row_id=str(n), response="", grade=Grade(score=grade), prompt_tokens=10, generated_tokens=2)
        for n, grade in enumerate(grades)
    )
    return ArmScores(arm=arm, scoring=scoring, metric="m", rows=rows, seconds=seconds)


def test_the_order_is_the_ladders_and_an_unclimbed_rung_says_so() -> None:
    measured = [scores("tuned", [1.0]), scores("prompted", [1.0], "likelihood"), scores("prompted", [0.0])]
    lines = arm_lines(("classical", "prompted", "tuned"), measured, GOLDS, binary=True, usd_per_hour=0, seed=0)
    assert [(line.arm, line.measured) for line in lines] == [
        ("classical", False), ("prompted (likelihood)", True), ("prompted", True), ("tuned", True),
    ]  # fmt: skip
    assert lines[0] == ArmLine(arm="classical", measured=False)


def test_a_line_counts_money_tokens_and_what_could_not_be_graded() -> None:
    measured = [scores("base", [1.0, 0.0, None, 1.0])]
    (line,) = arm_lines(("base",), measured, GOLDS, binary=True, usd_per_hour=2.0, seed=0)
    assert (line.n, line.ungraded, line.prompt_tokens, line.generated_tokens) == (3, 1, 40, 8)
    assert line.mean == pytest.approx(2 / 3) and 0 < line.low < line.mean < line.high < 1  # type: ignore[operator]
    assert line.usd_per_1000 == pytest.approx(36 / 4 * 1000 / 3600 * 2)


def test_no_graded_row_is_no_zero() -> None:
    (line,) = arm_lines(("base",), [scores("base", [None, None])], GOLDS, binary=True, usd_per_hour=1.0, seed=0)
    assert (line.measured, line.mean, line.low, line.n, line.ungraded) == (True, None, None, 0, 2)


def test_an_endpoints_own_price_counts_in_place_of_the_devices() -> None:
    hosted = replace(scores("hosted", [1.0, 0.0]), usd=0.5)
    (line,) = arm_lines(("hosted",), [hosted], GOLDS, binary=True, usd_per_hour=2.0, seed=0)
    assert line.usd_per_1000 == pytest.approx(250)
