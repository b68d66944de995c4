"""JSON that keeps a schema, or does not and says where."""

from __future__ import annotations

import json

import pytest

from wrapper.errors import UsageFault
from wrapper.evaluation.graders import GraderOptions, get_grader, self_test

SCHEMA = {
    "type": "object",
    "required": ["amount", "items"],
    "properties": {
        "amount": {"type": "number", "minimum": 0},
        "items": {"type": "array", "items": {"type": "object", "properties": {"a.b": {"type": "string"}}}},
    },
    "additionalProperties": False,
}
OPTIONS = GraderOptions(schema=SCHEMA)
GOOD = '{"amount": 1, "items": [{"a.b": "x"}]}'
ONLY = get_grader("json_schema", options=OPTIONS)


@pytest.mark.parametrize(
    ("response", "score", "told"),
    [
        (GOOD, 1, ""),
        (f"Here:\n```json\n{GOOD}\n```", 1, ""),
        ('{"amount": 1, "items": []}', 1, ""),
        ('{"amount": -1, "items": []}', 0, "breaks the schema: `amount`: -1 is less than the minimum of 0"),
        (
            '{"amount": 1, "items": [{"a.b": 2}]}',
            0,
            "breaks the schema: `items[0][\"a.b\"]`: 2 is not of type 'string'",
        ),
        ('{"amount": 1}', 0, "breaks the schema: 'items' is a required property"),
        ("[1]", 0, "breaks the schema: [1] is not of type 'object'"),
        ("", 0, "holds no JSON that can be read"),
        ("<think>{}", 0, "holds no JSON that can be read"),
        ("[" * 100_000, 0, "holds no JSON that can be read"),
        ("bcdf ghjk", 0, "holds no JSON that can be read"),
    ],
)
def test_schema_alone(response: str, score: float, told: str) -> None:
    grade = ONLY.grade(response, "whatever")
    assert (grade.score, grade.explanation) == (score, told)
    assert grade.counts == {"valid": score}


def test_long_messages_are_cut() -> None:
    told = ONLY.grade('{"amount": "' + "x" * 100_000 + '", "items": []}', "").explanation
    assert len(told) < 250
    assert told.endswith("is not of type 'number'")


@pytest.mark.parametrize("metric", ["json_exact", "json_fields"])
def test_an_answer_that_breaks_the_schema_is_wrong_whatever_its_fields(metric: str) -> None:
    grader = get_grader(metric, options=OPTIONS)
    assert grader.grade(GOOD, GOOD).score == 1
    broken = grader.grade('{"amount": 1, "items": [{"a.b": "x"}], "more": 1}', GOOD)
    assert broken.score == 0
    assert "breaks the schema" in broken.explanation
    assert "more" in broken.explanation
    assert broken.counts == {"right": 2, "given": 3, "gold": 2, "valid": 0}
    assert grader.grade(GOOD, '{"amount": "1", "items": []}').score is None


def test_counts_of_fields() -> None:
    grade = get_grader("json_fields").grade('{"a": 1, "b": 2, "c": [1, 2]}', '{"a": 1, "c": [2, 3], "d": 1}')
    assert grade.counts == {"right": 2, "given": 4, "gold": 4, "valid": 1}
    assert get_grader("json_exact").grade("no", '{"a": [1, 2]}').counts["gold"] == 2


def test_any_kind_of_value_where_the_schema_takes_it() -> None:
    grader = get_grader("json_schema", options=GraderOptions(schema={"type": ["number", "array"]}))
    assert [grader.grade(text, "").score for text in ("12", " [1]\n", "It is [1]", '"12"', "{}")] == [1, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"$ref": "https://example.com/schema.json"}, "refers to `https://example.com/schema.json`"),
        ({"$ref": "#/nowhere"}, "refers to `/nowhere`, which is not in it"),
        ({"$ref": "#"}, "it refers to itself without end"),
    ],
)
def test_references_that_lead_nowhere_are_told_and_nothing_is_fetched(schema: dict[str, str], told: str) -> None:
    grade = get_grader("json_schema", options=GraderOptions(schema=schema)).grade("{}", "{}")
    assert grade.score == 0
    assert told in grade.explanation


ENDLESS = r"^(a|aa)+$"
LONG = "a" * 60 + "b"


@pytest.mark.parametrize(
    ("schema", "value", "field"),
    [
        ({"properties": {"a": {"items": {"pattern": ENDLESS}}}}, {"a": ["aa", LONG]}, "`a[1]`"),
        ({"properties": {"a": {"not": {"pattern": ENDLESS}}}}, {"a": LONG}, "`a`"),
        ({"properties": {"a": {"patternProperties": {ENDLESS: True}}}}, {"a": {LONG: 1}}, f"`a.{LONG}`"),
        ({"patternProperties": {ENDLESS: True}, "additionalProperties": False}, {LONG: 1}, f"`{LONG}`"),
        ({"additionalProperties": False, "patternProperties": {ENDLESS: True}}, {LONG: 1}, f"`{LONG}`"),
        ({"pattern": ENDLESS}, LONG, "the value"),
    ],
)
def test_patterns_without_end_are_stopped(schema: dict[str, object], value: object, field: str) -> None:
    grader = get_grader("json_schema", options=GraderOptions(schema=schema))
    grade = grader.grade(json.dumps(value), "")
    assert (grade.score, grade.explanation) == (
        None,
        f"in the response, {field} takes the pattern `{ENDLESS}` longer than 1 s",
    )


def test_patterns_without_end_are_stopped_in_the_gold_answer_too() -> None:
    grader = get_grader("json_fields", options=GraderOptions(schema={"properties": {"a": {"pattern": ENDLESS}}}))
    slow, good = json.dumps({"a": LONG}), '{"a": "aa"}'
    assert grader.grade(good, good).score == 1
    assert grader.grade(good, slow).explanation.startswith("in the gold answer, `a` takes the pattern")
    assert grader.grade(slow, good).explanation.startswith("in the response, `a` takes the pattern")
    assert grader.grade(slow, good).score is None


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"properties": {"a1": {"pattern": "^x"}}}, "`a1`: 'y' does not match '^x'"),
        ({"patternProperties": {r"^a\d$": {"type": "number"}}}, "`a1`: 'y' is not of type 'number'"),
        (
            {"patternProperties": {"^b": True}, "additionalProperties": False},
            "Additional properties are not allowed ('a1' was unexpected)",
        ),
        ({"patternProperties": {"^a": True}, "additionalProperties": False}, ""),
        ({"patternProperties": {"^b": True}, "additionalProperties": {"type": "string"}}, ""),
    ],
)
@pytest.mark.parametrize("draft", ["2020-12/schema", "2019-09/schema"])
def test_patterns(schema: dict[str, object], told: str, draft: str) -> None:
    kept = {"$schema": f"https://json-schema.org/draft/{draft}", **schema}
    grade = get_grader("json_schema", options=GraderOptions(schema=kept)).grade('{"a1": "y"}', "")
    assert grade.explanation == (f"breaks the schema: {told}" if told else "")


def test_it_needs_a_schema() -> None:
    with pytest.raises(UsageFault, match=r"needs `task\.grading\.schema`"):
        get_grader("json_schema")


def test_the_gate_finds_gold_answers_that_break_it() -> None:
    golds = [GOOD, '{"amount": "1", "items": []}', '{"amount": 2, "items": []}']
    for metric, start in (("json_schema", "scores 0, not 1, against itself"), ("json_fields", "cannot be graded")):
        (problem,) = self_test(get_grader(metric, options=OPTIONS), golds, 0)
        assert problem.row == 1
        assert problem.message.startswith(f"`{golds[1]}` {start} by `{metric}`: ")
        assert "`amount`: '1' is not of type 'number'" in problem.message
