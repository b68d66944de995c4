"""The report: a page for every outcome, and nothing in the data can become markup."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from wrapper.evaluation.scores import ArmScores, Grade, RowScore
from wrapper.evaluation.verdict import decide
from wrapper.ledger.records import Spend
from wrapper.pipeline.results import ArmLine, RunResult, arm_lines
from wrapper.report.page import write_report

GOLDS = {str(n): "yes" for n in range(100)}
EVIL = "<script>alert(1)</script>\"' onload=x &amp;"


def scores(arm: str, right: int, **more: object) -> ArmScores:
    rows = tuple(
        RowScore(row_id=str(n), response="", grade=Grade(score=float(n < right)), prompt_tokens=3) for n in range(40)
    )
    return ArmScores(arm=arm, metric="exact_match", rows=rows, seconds=4.0, **more)


def result(**changes: object) -> RunResult:
    cheaper, tuned = scores("classical", 5, detail="nearest row"), scores("tuned", 35)
    known: dict[str, object] = {
        "run_id": "20261124-000000-abcd",
        "task": "slots",
        "metric": "exact_match",
        "target": 0.8,
        "outcome": "better",
        "exit_code": 0,
        "message": "tuned is better",
        "next_action": "export",
        "arms": arm_lines(
            ("classical", "rag", "tuned"), [cheaper, tuned], GOLDS, binary=True, usd_per_hour=0.9, seed=0
        ),
        "verdict": decide(tuned, [cheaper], binary=True, target=0.8, seed=0),
        "plan": {"method": "qlora", "steps": 64, "estimate": {"usd": 1}, "eval_steps": None, "objections": []},
        "spent": Spend(usd=0.01234, gpu_hours=0.1),
        "spent_in_project": Spend(usd=1.0, gpu_hours=2.0),
        "looks": 1,
        "training": {"step": 64, "steps": 64, "seconds": 312.4, "adapter": "/run/adapter"},
        "notes": ("2 exact duplicates",),
        "folder": "/run",
        "report": "/run/report.html",
    }
    return RunResult(**(known | changes))


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page(folder: Path, found: RunResult) -> Tags:
    file = folder / "report.html"
    write_report(msgspec.to_builtins(found), file)
    assert [entry.name for entry in folder.glob("report*")] == ["report.html"]
    tags = Tags(file.read_text(encoding="utf-8"))
    assert tags.open == []
    return tags


def test_all_that_was_found_stands_there(tmp_path: Path) -> None:
    text = " ".join(page(tmp_path, result(overrides={"need": "a demo"})).text.split())
    for said in (
        "better: tuned is better",
        "Spent in this run: $0.0123, 0.100 device hours",
        "classical nearest row 0.125",
        "rag not measured",
        "tuned 0.875",
        "+0.750",
        "64 of 64 steps, 312 seconds",
        "methodqlora",  # two cells
        "need: a demo",
        "2 exact duplicates",
        "scored on these test rows so far: 1",
    ):
        assert said in text
    assert "estimate" not in text and "eval_steps" not in text  # the page shows plain decisions only


def test_a_refusal_shows_what_was_not_spent(tmp_path: Path) -> None:
    refused = result(
        outcome="refused", gate="need", verdict=None, training=None, saved={"seconds": 600.0, "usd": 0.5},
        arms=(ArmLine(arm="classical", measured=True), ArmLine(arm="tuned", measured=False)),
    )  # fmt: skip
    tags = page(tmp_path, refused)
    text = " ".join(tags.text.split())
    assert "Not spent: about $0.5000 and 10 minutes" in text
    assert "classical could not be graded tuned not measured" in text
    assert "Comparisons" not in text


@pytest.mark.parametrize("field", ["task", "outcome", "message", "next_action", "metric", "run_id", "folder"])
def test_data_is_text(tmp_path: Path, field: str) -> None:
    plain, evil = page(tmp_path, result()), page(tmp_path, result(**{field: EVIL}))
    assert evil.tags == plain.tags and evil.attributes == plain.attributes
    assert EVIL in evil.text


def test_data_in_tables_and_lists_is_text(tmp_path: Path) -> None:
    lines = (ArmLine(arm=EVIL, measured=False, detail=EVIL),)
    evil = result(arms=lines, notes=(EVIL,), overrides={EVIL: EVIL}, plan={EVIL: EVIL}, verdict=None)
    tags = page(tmp_path, evil)
    assert "script" not in tags.tags and "onload" not in tags.attributes
    assert tags.text.count(EVIL) == 7


def test_nothing_is_fetched(tmp_path: Path) -> None:
    tags = page(tmp_path, result())
    assert not tags.tags & {"link", "img", "iframe", "script"}
    assert not tags.attributes & {"src", "href"}
