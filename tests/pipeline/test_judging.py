"""The judge within a run: under the budget, its price in the ledger, and how far it can be relied on in the result."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import ClassVar

import pytest

from wrapper.cli.table import result_text
from wrapper.endpoint import Reply, Request
from wrapper.errors import BudgetReached
from wrapper.pipeline import judging

JUDGE = {
    "rubric": "Name the same fruit.",
    "base_url": "http://localhost:1/v1",
    "model": "judge-1",
    "usd_per_million_input": 1.0,
    "usd_per_million_output": 1.0,
}


class FakeClient:
    """A judge that knows the gold answers, and takes answer A where it sees none or both."""

    asked: ClassVar[list[Request]] = []

    def __init__(self, endpoint: object) -> None: ...

    def chat_many(self, requests: Sequence[Request], *, on_reply: Callable[[int, Reply], None]) -> list[Reply]:
        FakeClient.asked += requests
        for place, request in enumerate(requests):
            question, a, b = re.findall(r"<<(?:question|answer [AB]) \w+>>\n(.*)\n<<end", request.messages[-1].content)
            gold = question.replace("what is pear ", "pear answer ").rstrip("?")
            verdict = "B" if b == gold and a != gold else "equal" if a == b else "A"
            told = json.dumps({"reason": "it says so", "better": verdict})
            on_reply(
                place,
                Reply(
                    text=told, prompt_tokens=100, generated_tokens=10, finish_reason="stop", seconds=0.1, usd=0.0001
                ),
            )
        return []


@pytest.fixture
def judged(climb, write_spec, world, monkeypatch: pytest.MonkeyPatch):
    """A baseline that a judge grades: the classical arm answers 4 of 40 rows rightly."""
    monkeypatch.setattr(judging, "Client", FakeClient)
    monkeypatch.setattr(FakeClient, "asked", [])

    def run(max_usd: float = 5.0):
        task = {"metric": "judge", "grading": {"judge": JUDGE}}
        evaluation = {"arms": ["classical", "prompted", "tuned"]}
        return climb(write_spec(task=task, evaluation=evaluation, budget={"max_usd": max_usd}), until="baseline")

    return run


def test_its_price_and_how_often_the_order_decided_stand_in_the_result(judged) -> None:
    result, failure = judged()
    assert failure is None
    assert [arm.mean for arm in result.arms if arm.measured] == [0.1, 0.05]
    assert result.judge.calls == len(FakeClient.asked) == round(result.judge.usd / 0.0001)
    assert result.position_bias == 0.0
    assert result.spent.usd >= result.judge.usd
    assert f"judge: the order of the answers decided 0 % of {result.judged_rows} verdicts" in result_text(result)


def test_what_was_judged_is_not_paid_for_again(judged) -> None:
    judged()
    asked = len(FakeClient.asked)
    result, _ = judged()
    assert result.judged_rows > 0
    assert (len(FakeClient.asked), result.judge.calls, result.judge.usd) == (asked, 0, 0.0)


def test_nothing_is_asked_that_the_budget_does_not_allow(judged) -> None:
    _, failure = judged(0.004)  # the gate's calls on five rows fit in it, an arm's do not
    assert isinstance(failure, BudgetReached)
    assert "judging 40 answers by `judge-1` may cost about $0." in failure.message
    assert "nothing was asked" in failure.message
    assert len(FakeClient.asked) == 25
