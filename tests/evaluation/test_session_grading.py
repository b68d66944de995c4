"""Raw answers of the worker become scores in the core, or a failure that says what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wrapper.data.rows import Message, make_row
from wrapper.errors import BackendFailed
from wrapper.evaluation import session
from wrapper.evaluation.graders import get_grader
from wrapper.evaluation.scores import ArmScores
from wrapper.evaluation.tasks import Task

TEST = [
    make_row((Message(role="user", content=f"q{number}"),), answer, file="f", line=number)
    for number, answer in enumerate(("yes", "no", "yes"))
]


def graded(folder: Path, raw: list[dict[str, object]], choices: tuple[str, ...] = ()) -> ArmScores:
    file = folder / "t.raw.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in raw))
    task = Task(name="t", prompts=("",) * 3, choices=choices, until=(), max_answer_tokens=4)
    return session._graded("prompted", task, 2.5, TEST, get_grader("exact_match"), file)


def test_generated_answers_are_joined_by_row_and_graded(tmp_path: Path) -> None:
    raw = [
        {"row_id": row.row_id, "prompt_tokens": 7 + n, "response": said, "generated_tokens": n}
        for n, (row, said) in enumerate(zip(TEST, ("yes", "yes", "yes"), strict=True))
    ]
    scores = graded(tmp_path, raw[::-1])
    assert (scores.name, scores.metric, scores.seconds) == ("prompted", "exact_match", 2.5)
    assert [row.row_id for row in scores.rows] == [row.row_id for row in TEST]
    assert [row.grade.score for row in scores.rows] == [1, 0, 1]
    assert [(row.prompt_tokens, row.generated_tokens) for row in scores.rows] == [(7, 0), (8, 1), (9, 2)]
    assert [row.response for row in scores.rows] == ["yes"] * 3


def test_the_likeliest_label_is_the_answer(tmp_path: Path) -> None:
    raw = [
        {"row_id": row.row_id, "prompt_tokens": 1, "loglikelihoods": found}
        for row, found in zip(TEST, ([-1.0, -9.0], [-3.0, -2.0], [-5.0, -4.0]), strict=True)
    ]
    scores = graded(tmp_path, raw, choices=("yes", "no"))
    assert scores.name == "prompted (likelihood)"
    assert [row.response for row in scores.rows] == ["yes", "no", "no"]
    assert scores.mean == pytest.approx(2 / 3)


def test_a_row_without_an_answer_is_a_failure_not_a_zero(tmp_path: Path) -> None:
    raw = [{"row_id": TEST[0].row_id, "prompt_tokens": 1, "response": "yes", "generated_tokens": 1}]
    with pytest.raises(BackendFailed, match="answered 1 of 3 rows of `t`"):
        graded(tmp_path, raw)
