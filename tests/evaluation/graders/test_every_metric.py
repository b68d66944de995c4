"""What holds for every metric: gold answers grade 1, grades stay within 0 to 1, nothing that a model writes raises."""

from __future__ import annotations

import json
from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapper.evaluation.graders import AnyGrader, GraderOptions, get_grader, grade_accepted, rows_grader, self_test
from wrapper.evaluation.graders.options import AnswerConstraints
from wrapper.evaluation.scores import Grade
from wrapper.spec.fields import Metric

OPTIONS = GraderOptions(
    pattern=r"answer:\s*(\w+)",
    schema={"type": "object", "properties": {"a": {"type": "integer"}}},
    constraints=AnswerConstraints(max_words=40, max_sentences=9, exclude=("sorry",), matches=r"(?s).*\S.*"),
    function=lambda response, gold, question: response == gold,
)
GOLDS = {
    "exact_match": "Paris",
    "exact_match_lenient": "Paris",
    "contains": "Paris",
    "regex": "answer: Paris",
    "label": "refund",
    "number": "#### 12",
    "sql": "SELECT a FROM t",
    "json_exact": '{"a": 1, "b": {"c": [1, 2]}}',
    "json_fields": '{"a": 1, "b": {"c": [1, 2]}}',
    "json_schema": '{"a": 1}',
    "tool_call": '{"name": "f", "arguments": {"x": 1}}',
    "rouge_l": "The cat sat on the mat.",
    "chrf": "The cat sat on the mat.",
    "constraints": "Short.",
    "function": "Paris",
}
HOSTILE = {
    "empty": "",
    "blank": " \n\t\u200b",
    "long words": "word " * 20_000,
    "one long word": "x" * 100_000,
    "digits": "1" * 100_000,
    "brackets": "[" * 50_000 + "{" * 50_000,
    "closed brackets": "{}[]" * 25_000,
    "quotes": '{"a' * 30_000,
    "nested": '{"a":' * 90 + "1" + "}" * 90,
    "unicode": "\u202e٣٤ 𝒜 e\u0301 \U0001f469\u200d\U0001f4bb\x00 ﷽",
    "half a character": '{"a": "\\ud83d", "name": "\\ud83d", "arguments": {}}',
    "fences": "```" * 20_000,
    "open fence": "```json\n{",
    "thinking": "<think>" * 10_000,
    "thinks aloud": "<think>no</think>" * 5_000,
    "tags": "<tool_call>" * 10_000,
    "statements": "select 1; " * 3_000,
    "exclamations": "!" * 100_000 + "x",
    "one label": "refund " * 20_000,
    "two labels": "refund or delivery " * 8_000,
    "numbers": "1e999 NaN -0 1/0 10^999 ½ 12,34,56",
    "huge JSON number": '{"a": 1e999}',
}


def grader_of(metric: str) -> AnyGrader:
    if metric == "function":
        return rows_grader(metric, options=OPTIONS)
    return get_grader(metric, labels=["refund", "delivery"], options=OPTIONS)


def grade(metric: str, response: str, gold: str) -> Grade:
    (found,) = grade_accepted(grader_of(metric), ["question"], [response], [(gold,)])
    return found


def test_every_metric_of_the_spec_has_a_grader() -> None:
    assert {*GOLDS, "judge"} == set(get_args(Metric))
    for metric in GOLDS:
        assert grader_of(metric).name == metric


@pytest.mark.parametrize("metric", GOLDS)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_answers(metric: str, hostile: str) -> None:
    found = grade(metric, HOSTILE[hostile], GOLDS[metric])
    assert found.score is None or 0 <= found.score <= 1
    assert msgspec.json.decode(msgspec.json.encode(found), type=Grade) == found
    if hostile in ("empty", "blank", "thinking"):
        assert found.score == 0


@pytest.mark.parametrize("metric", GOLDS)
@settings(max_examples=60, deadline=None)
@given(response=st.text(), gold=st.text())
def test_grades_stay_within_bounds_and_nothing_raises(metric: str, response: str, gold: str) -> None:
    for found in (grade(metric, response, gold), grade(metric, response, GOLDS[metric])):
        assert found.score is None or 0 <= found.score <= 1
        assert found.score == 1 or found.explanation


TEXTS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1).filter(
    lambda text: "`" not in text and "think>" not in text
)
VALUES = st.dictionaries(st.text("abc", min_size=1), st.integers() | st.lists(st.text("xyz ")), max_size=3)
GRADABLE = {
    "exact_match": TEXTS,
    "exact_match_lenient": TEXTS,
    "contains": TEXTS,
    "regex": TEXTS,
    "rouge_l": TEXTS,
    "chrf": TEXTS,
    "function": TEXTS,
    "label": st.sampled_from(["refund", "Delivery"]),
    "number": st.integers().map(str) | st.decimals(allow_nan=False, allow_infinity=False, places=2).map("{:f}".format),
    "sql": st.sampled_from(["select a from t", "SELECT b FROM t WHERE x > 1"]),
    "json_exact": VALUES.map(lambda value: json.dumps(value | {"a": 1})),
    "json_fields": VALUES.map(lambda value: json.dumps(value | {"a": 1})),
    "json_schema": VALUES.map(lambda value: json.dumps(value | {"a": 1})),
    "tool_call": VALUES.map(lambda value: json.dumps({"name": "f", "arguments": value})),
    "constraints": st.text("ab ", min_size=1, max_size=40).filter(str.strip),
}


@pytest.mark.parametrize("metric", GOLDS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_gold_grades_1_against_itself(metric: str, data: st.DataObject) -> None:
    gold = data.draw(GRADABLE[metric])
    found = grade(metric, gold, gold)
    assert found.score in (1, None)
    if found.score is None:
        assert metric in ("rouge_l", "number", "contains", "regex")


@pytest.mark.parametrize("metric", GOLDS)
def test_the_gate_passes_good_gold_answers(metric: str) -> None:
    others = {"label": "delivery", "number": "7", "sql": "SELECT b FROM t", "json_schema": '{"a": 2}'}
    others |= dict.fromkeys(("json_exact", "json_fields"), '{"a": 2}')
    others |= {"tool_call": '{"name": "g", "arguments": {}}', "regex": "answer: Rome"}
    golds = [GOLDS[metric], others.get(metric, "Something else entirely")] * 6
    assert self_test(grader_of(metric), golds, 0, questions=["q"] * 12) == []


@pytest.mark.parametrize("seed", range(20))
def test_random_letters_score_low_enough_by_chrf(seed: int) -> None:
    golds = [
        "Yes.",
        "bcd",
        "x",
        "The quick brown fox jumps over the lazy dog",
        "Max",
        "Wir treffen uns.",
        "bcdfghjkmpqvwxz",
    ]
    assert self_test(get_grader("chrf"), golds, seed) == []


def test_the_gate_finds_metrics_that_are_too_lenient() -> None:
    lenient = get_grader("number", options=GraderOptions(tolerance=10))
    (problem,) = self_test(lenient, [str(number) for number in range(10, 30)], 0)
    assert problem.message == (
        "`10`: in 20 of 20 rows, that of another row scores 1 by `number`: choose a metric that is less lenient"
    )
    assert self_test(get_grader("number", options=GraderOptions(tolerance=0.01)), ["100", "100.5", "200"] * 5, 0) == []
    assert self_test(get_grader("contains"), ["York", "New York", "Oslo"] * 5, 0) == []
    (problem,) = self_test(get_grader("tool_call"), [GOLDS["tool_call"], "I call nothing"], 0)
    assert (problem.row, problem.message) == (
        1,
        "`I call nothing` cannot be graded by `tool_call`: the gold answer holds no tool call",
    )


def test_tolerance() -> None:
    number = get_grader("number", options=GraderOptions(tolerance=0.05))
    assert [number.grade(said, "-200").score for said in ("-190", "-210", "-211", "200")] == [1, 1, 0, 0]
    exact = get_grader("number", options=GraderOptions(tolerance=0))
    assert [exact.grade(said, "0").score for said in ("0", "0.1")] == [1, 0]
