"""The arm `hosted`: paid by the token, counted in the ledger, stopped at the budget, never paid twice."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence

import pytest

from wrapper.endpoint import Reply, Request
from wrapper.errors import BudgetReached
from wrapper.pipeline import hosted
from wrapper.pipeline.project import open_project
from wrapper.spec.grading_fields import Endpoint

MODEL = {
    "base_url": "https://api.example/v1", "model": "big", "usd_per_million_input": 1000, "usd_per_million_output": 0,
}  # fmt: skip


class FakeClient:
    """A client that is right on so many rows, for a cent each; `ends` gives other texts and reasons by row."""

    right, usd = 30, 0.01
    ends: Callable[[int], tuple[str, str] | None] = staticmethod(lambda number: None)
    asked: list[Sequence[Request]]
    notes = ("temperature is not accepted",)

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def __enter__(self) -> FakeClient:
        return self

    def __exit__(self, *_: object) -> None: ...

    def chat_many(self, requests: Sequence[Request], *, on_reply: Callable[[int, Reply], None]) -> list[Reply]:
        FakeClient.asked.append(requests)
        for place, request in enumerate(requests):
            assert [turn.role for turn in request.messages] == ["system", "user"]
            number = int(re.findall(r"\d+", request.messages[-1].content)[-1])
            right = f"pear answer {number}" if number < self.right else "?"
            text, reason = self.ends(number) or (right, "stop")
            usd = FakeClient.usd
            on_reply(
                place,
                Reply(text=text, prompt_tokens=5, generated_tokens=3, finish_reason=reason, seconds=0.2, usd=usd),
            )
        return []


@pytest.fixture
def rent(climb, write_spec, world, monkeypatch: pytest.MonkeyPatch):
    """A run with the hosted arm."""
    monkeypatch.setattr(hosted, "Client", FakeClient)
    monkeypatch.setattr(FakeClient, "asked", [], raising=False)

    def run(max_usd: float = 5.0, **how):
        evaluation = {"arms": ["classical", "prompted", "hosted", "tuned"], "hosted": MODEL}
        return climb(write_spec(evaluation=evaluation, budget={"max_usd": max_usd}), **how)

    return run


def test_it_is_a_rung_like_the_others_at_its_own_price(rent, world, told) -> None:
    world.right["tuned"] = 40
    result, _ = rent()
    line = next(arm for arm in result.arms if arm.arm == "hosted")
    assert (line.mean, line.detail, line.prompt_tokens) == (0.75, "big", 200)
    assert line.usd_per_1000 == pytest.approx(10)
    assert result.verdict.best_cheaper == "hosted"
    assert result.spent.usd == pytest.approx(0.4 + result.spent.gpu_hours * 3.6)
    assert "temperature is not accepted" in told.notes


def test_a_hosted_model_that_suffices_ends_the_climb(rent, monkeypatch) -> None:
    monkeypatch.setattr(FakeClient, "right", 40)
    result, failure = rent()
    assert (result.gate, result.exit_code) == ("need", 5)
    assert "`hosted` scores 1" in failure.message


def test_what_was_answered_is_not_paid_for_again(rent) -> None:
    rent()
    again, _ = rent()
    assert len(FakeClient.asked) == 1
    assert again.spent.usd < 0.1


def test_what_the_budget_does_not_allow_is_not_asked(rent) -> None:
    result, failure = rent(max_usd=0.01)
    assert isinstance(failure, BudgetReached) and result.exit_code == 6
    assert "nothing was asked" in failure.message
    assert FakeClient.asked == []


def test_a_price_that_turns_out_higher_stops_it_and_every_answer_is_kept(rent, monkeypatch, folder) -> None:
    monkeypatch.setattr(FakeClient, "usd", 1.0)
    _, failure = rent()
    assert isinstance(failure, BudgetReached)
    ledger = open_project(folder).ledger
    (step,) = [step for run in ledger.runs() for step in ledger.steps(run.run_id) if step.name == "hosted"]
    assert (step.status, step.usd_paid) == ("stopped", 5.0)
    monkeypatch.setattr(FakeClient, "usd", 0.01)
    rent(max_usd=20)
    assert len(FakeClient.asked[1]) == 40 - 5


def test_no_money_goes_out_where_a_local_arm_suffices(rent, world) -> None:
    world.right["prompted"] = 40
    result, _ = rent()
    assert result.gate == "need" and FakeClient.asked == []


def test_a_hosted_arm_alone_needs_no_local_model(climb, write_spec, rent, folder) -> None:
    shutil.rmtree(folder / "model")
    spec = write_spec(evaluation={"arms": ["classical", "hosted"], "hosted": MODEL}, budget={"max_usd": 5.0})
    result, failure = climb(spec)
    assert (failure, result.exit_code, result.plan) == (None, 0, None)
    assert [arm.arm for arm in result.arms if arm.mean is not None] == ["classical", "hosted"]


def test_the_classical_arm_alone_needs_no_local_model(climb, write_spec, folder) -> None:
    shutil.rmtree(folder / "model")
    result, failure = climb(write_spec(evaluation={"arms": ["classical"]}))
    assert (failure, result.exit_code) == (None, 0)


@pytest.mark.parametrize(
    ("ends", "notes", "detail"),
    [
        (
            lambda number: ("", "length"),
            [
                "40 of 40 answers of `big` were cut off at 11 tokens, 40 of them empty: "
                "a model that reasons first needs room; raise `task.max_answer_tokens`"
            ],
            "big, 40 of 40 answers cut off while empty",
        ),
        (
            lambda number: ("pear", "length") if number % 2 else None,
            ["20 of 40 answers of `big` were cut off at 11 tokens: raise `task.max_answer_tokens`"],
            "big",
        ),
        (
            lambda number: ("", "content_filter") if number % 5 == 0 else None,
            ["8 of 40 answers of `big` were refused by a content filter, and graded all the same"],
            "big",
        ),
        (
            lambda number: ("", "content_filter") if number % 2 else ("", "length") if number < 4 else None,
            [
                "2 of 40 answers of `big` were cut off at 11 tokens, 2 of them empty: "
                "a model that reasons first needs room; raise `task.max_answer_tokens`",
                "20 of 40 answers of `big` were refused by a content filter, and graded all the same",
            ],
            "big, 2 of 40 answers cut off while empty, 20 of 40 answers filtered",
        ),
        (
            lambda number: ("", "stop") if number < 3 else None,
            ["3 of 40 answers of `big` are empty, and it does not say why"],
            "big",
        ),
        (lambda number: None, [], "big"),
    ],
    ids=["reasons", "long", "filtered", "both", "silent", "well"],
)
def test_answers_that_are_none_are_told(rent, told, monkeypatch, ends, notes, detail) -> None:
    monkeypatch.setattr(FakeClient, "ends", staticmethod(ends))
    result, _ = rent()
    assert [note for note in told.notes if "`big`" in note] == notes
    assert next(arm for arm in result.arms if arm.arm == "hosted").detail == detail


def test_they_are_told_again_when_nothing_is_asked_again(rent, told, monkeypatch) -> None:
    monkeypatch.setattr(FakeClient, "ends", staticmethod(lambda number: ("", "length")))
    rent()
    told.notes.clear()
    rent()
    assert len(FakeClient.asked) == 1
    assert any("40 of 40 answers of `big` were cut off" in note for note in told.notes)
