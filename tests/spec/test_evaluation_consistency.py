"""Arms without what they need, and what is named and never measured."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from wrapper.spec.evaluation_consistency import evaluation_conflicts
from wrapper.spec.fields import Spec

HOSTED = {"base_url": "https://a.example/v1", "model": "m", "usd_per_million_input": 1, "usd_per_million_output": 2}


def conflicts(evaluation: dict[str, Any], **tables: Any) -> list[tuple[str, bool]]:
    spec = {
        "version": 1,
        "task": {"name": "x", "kind": "qa", "metric": "exact_match", "target": 0.8, "prompt": "Say it."},
        "data": {"train": "train.jsonl"},
        "model": {"preset": "smollm2-135m"},
        "evaluation": evaluation,
        **tables,
    }
    return [(found.message, found.is_warning) for found in evaluation_conflicts(msgspec.convert(spec, Spec))]


@pytest.mark.parametrize(
    ("evaluation", "message"),
    [
        ({"arms": ["classical", "rag"]}, "the arm `rag` has no documents"),
        ({"arms": ["classical", "hosted"]}, "the arm `hosted` has no model"),
        ({"arms": ["classical", "classical"]}, "arms given twice: `classical`"),
        ({"arms": ["tuned"]}, "`tuned` alone has nothing to be better than: no training before a baseline"),
        ({"arms": ["base", "tuned_retrieval"]}, "`tuned_retrieval` is held beside `tuned`, which is not measured"),
        (
            {"arms": ["base"], "regression": ["arc_easy"]},
            "`regression` asks what a tuned model forgot, and none is trained",
        ),
        ({"regression": ["arc_easy", {"task": "arc_easy"}]}, "tasks given twice: `arc_easy`"),
    ],
)
def test_each_conflict_alone(evaluation: dict[str, Any], message: str) -> None:
    assert conflicts(evaluation) == [(message, False)]


def test_what_is_named_and_not_used_is_a_warning() -> None:
    assert conflicts({"arms": ["base"], "documents": "docs", "hosted": HOSTED}) == [
        ("`hosted` is described and not measured", True),
        ("`documents` are named, and no arm reads them", True),
    ]


def test_rows_of_groups_are_not_looked_at_one_by_one() -> None:
    data = {"train": "train.jsonl", "group": "document"}
    found = conflicts({"sequential": True}, data=data)
    assert found == [("rows that share a group cannot be looked at one after the other", False)]


def test_good_tables_have_none() -> None:
    arms = ["classical", "base", "prompted", "rag", "hosted", "tuned", "tuned_retrieval"]
    evaluation = {"arms": arms, "documents": "docs", "hosted": HOSTED, "regression": ["arc_easy"], "sequential": True}
    assert conflicts(evaluation) == []
