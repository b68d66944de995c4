"""The grader gate, on golds that work, golds that do not, and real ones."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from wrapper.errors import UsageFault
from wrapper.evaluation.graders import get_grader, self_test
from wrapper.evaluation.graders.protocol import right
from wrapper.evaluation.scores import Grade

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"


@pytest.mark.parametrize(
    ("metric", "golds"),
    [
        ("exact_match", ["a", "b"]),
        ("exact_match_lenient", ["A.", "b"]),
        ("number", ["1", "2", "#### 2"]),
        ("sql", ["select a from t", "select b from t"]),
        ("json_exact", ['{"a": 1}', '{"a": 2}']),
        ("json_fields", ['{"a": 1}', '{"a": 1, "b": 2}', "{}"]),
    ],
)
def test_good_golds_pass(metric: str, golds: list[str]) -> None:
    assert self_test(get_grader(metric), golds, 0) == []


@pytest.mark.parametrize(
    ("metric", "golds", "row", "told"),
    [
        ("exact_match", ["a", ""], 1, "(empty): an empty response scores 1, not 0, against it by `exact_match`"),
        ("number", ["1", "deux"], 1, "`deux` cannot be graded by `number`: the gold answer holds no number"),
        ("json_fields", ["{}", "{'a': 1}"], 1, "`{'a': 1}` cannot be graded by `json_fields`"),
        ("number", [f"step {n} of 10" for n in range(12)], 0, "`step 0 of 10`: all gold answers read as `10` by"),
        ("number", ["1", "one " * 40], 1, "`one one one one one one one on ... ne one one one one one one one` cannot"),
    ],
)
def test_bad_golds_are_named_by_row(metric: str, golds: list[str], row: int, told: str) -> None:
    (problem,) = self_test(get_grader(metric), golds, 0)
    assert problem.row == row
    assert told in problem.message


@dataclass(frozen=True)
class Generous:
    """A broken grader: everything is right."""

    name: str = "generous"
    binary: bool = True

    def grade(self, response: str, gold: str) -> Grade:
        return right(gold)


def test_a_grader_that_calls_everything_right_is_caught() -> None:
    told = [problem.message for problem in self_test(Generous(), ["a", "b"], 0)]
    assert any("empty" in message for message in told)
    assert any("random letters" in message for message in told)
    assert any("another row" in message for message in told)


def test_unknown_metric() -> None:
    with pytest.raises(UsageFault, match="no metric `bleu`"):
        get_grader("bleu")


@pytest.mark.skipif(not SHARED.is_dir(), reason="no ../shared/data here")
def test_real_gold_answers_pass() -> None:
    with (SHARED / "banking77" / "test.csv").open() as lines:
        intents = [row["category"] for row in csv.DictReader(lines)]
    assert self_test(get_grader("label", labels=sorted(set(intents))), intents, 0) == []
    sums = [json.loads(line)["answer"] for line in (SHARED / "gsm8k" / "test.jsonl").read_text().splitlines()]
    assert self_test(get_grader("number"), sums, 0) == []
