"""JSON answers, whole and field by field."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper.evaluation.graders import GraderOptions, get_grader

EXACT, FIELDS = get_grader("json_exact"), get_grader("json_fields")


@pytest.mark.parametrize(
    ("response", "gold", "exact", "fields"),
    [
        ('{"b": "x", "a": 1}', '{"a": 1.0, "b": "x"}', 1, 1),
        ('```json\n{"a": 1, "b": "x."}\n```', '{"a": 1, "b": " x"}', 1, 1),
        ('Here {you} go: {"a": 1} {"a": 2}', '{"a": 1}', 0, 0),
        ('Here {you} go: {"a": 1} {"a": 1.0}', '{"a": 1}', 1, 1),
        ('{"a": 1} (I also considered {"a": 2})', '{"a": 1}', 0, 0),
        ('{"a": 1}\n{"a": 1}', '{"a": 1}', 1, 1),
        ('```json\n{"a": 1}\n```\n```json\n{"a": 2}\n```', '{"a": 1}', 0, 0),
        ('First\n```json\n{"a": 1}\n```\nand then\n```json\n{"a": 2}\n```', '{"a": 2}', 1, 1),
        ('The schema {"a": "..."} gives {"a": 1}', '{"a": 1}', 1, 1),
        ('The schema {"a": "..."} gives {"a": 1}.', '{"a": "..."}', 0, 0),
        ('[{"a": 1}]', '{"a": 1}', 0, 0),
        ('It is [{"a": 1}].', '{"a": 1}', 0, 0),
        ('As [1] says: {"a": 1}', '{"a": 1}', 1, 1),
        ('{"items": [1]}', "[1]", 0, 0),
        ('<think>{"a": 2}</think>{"a": 1}', '{"a": 1}', 1, 1),
        ('{"a": "1"}', '{"a": 1}', 0, 0),
        ('{"a": true}', '{"a": 1}', 0, 0),
        ('{"a": 1, "b": 2}', '{"a": 1}', 0, 2 / 3),
        ('{"a": 1}', '{"a": 1, "b": 2}', 0, 2 / 3),
        ('{"a": 1, "b": 3}', '{"a": 1, "b": 2}', 0, 1 / 2),
        ('{"a": [2, 1]}', '{"a": [1, 2]}', 0, 1),
        ('{"a": [1, 1]}', '{"a": [1, 2]}', 0, 1 / 2),
        ('{"a": {"b": [{"c": 1}, {"c": 2}]}}', '{"a": {"b": [{"c": 1}, {"c": 3}]}}', 0, 1 / 2),
        ('{"a": null}', '{"a": null}', 1, 1),
        ("{}", "{}", 1, 1),
        ('{"a": []}', "{}", 0, 0),
        ("", "{}", 0, 0),
        ("none", "{}", 0, 0),
        ("{'a': 1}", '{"a": 1}', 0, 0),
        ('{"a": 1', '{"a": 1}', 0, 0),
        ('{"a": NaN}', '{"a": 1}', 0, 0),
        ('[{"a": 1}]', '[{"a": 1}]', 1, 1),
        ('{"a":' * 100_000, '{"a": 1}', 0, 0),
        ("[" * 100_000, "[1]", 0, 0),
        ('{"a.b": 1}', '{"a": {"b": 1}}', 0, 0),
        ('{"a.b": 1}', '{"a.b": 1}', 1, 1),
        ('{"": {"a": 1}}', '{"a": 1}', 0, 0),
        ('{"t[]": 1}', '{"t": [1]}', 0, 0),
        ('{"a[0].b": 1}', '{"a": [{"b": 1}]}', 0, 0),
        ('{"[\\"a.b\\"]": 1}', '{"a.b": 1}', 0, 0),
        ('{"a": "\u00c9t\u00e9"}', '{"a": "E\u0301te\u0301"}', 1, 1),
        ('{"\u00e9": 1}', '{"e\u0301": 1}', 1, 1),
        ('{"a": "ﬁ"}', '{"a": "fi"}', 0, 0),
        ('Here: {} and {"a": 1}', '{"a": 1}', 1, 1),
        ('Here: {} and {"a": 1}', "{}", 0, 0),
        ("Here: {} and {}", "{}", 1, 1),
        ('{"a": 1}\n\nInput: y\n{"a": 2, "b": 3}', '{"a": 1}', 1, 1),
        ('Such as {"a": 2}:\n```json\n{}\n```', "{}", 1, 1),
        ('{}\n\nInput: y\n{"a": 2}', "{}", 1, 1),
        ("As [] or [1]", "[1]", 1, 1),
        ('{"a": {}}', '{"a": {}}', 1, 1),
    ],
)
def test_json(response: str, gold: str, exact: float, fields: float) -> None:
    assert EXACT.grade(response, gold).score == exact
    assert FIELDS.grade(response, gold).score == pytest.approx(fields)


def test_parts_and_explanation_name_the_fields() -> None:
    grade = FIELDS.grade('{"a": 1, "b": 3, "d": 1}', '{"a": 1, "b": 2, "c": 1}')
    assert grade.parts == {"a": 1.0, "b": 0.0, "d": 0.0, "c": 0.0}
    assert grade.explanation == "missing `c`; extra `d`; wrong `b`"
    assert FIELDS.grade("no", '{"a": {"b": 1}}').parts == {"a.b": 0.0}
    assert FIELDS.grade("no", '{"a": {"b.c": {"d": 1}}, "e.f": 1}').parts == {'a["b.c"].d': 0.0, '["e.f"]': 0.0}
    wrong = FIELDS.grade('{"a.b": 1}', '{"a": {"b": 1}}')
    assert wrong.explanation == 'missing `a.b`; extra `["a.b"]`'


@pytest.mark.parametrize("text", ['{"a": 1}{"a": 2}', '{"a": 2} or {"a": 1}'])
def test_values_that_contradict_each_other_are_no_answer(text: str) -> None:
    for grader in (EXACT, FIELDS, get_grader("json_schema", options=GraderOptions(schema={"type": "object"}))):
        grade = grader.grade(text, '{"a": 1}')
        assert (grade.score, grade.explanation) == (0, "holds several JSON values that differ")
    assert EXACT.grade('{"a": 1}', text).explanation == "the gold answer holds several JSON values that differ"


def test_gold_that_is_no_json_cannot_be_graded() -> None:
    assert EXACT.grade('{"a": 1}', "a is 1").score is None


NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.none() | st.booleans() | NUMBERS | st.text()
FLAT = st.dictionaries(st.text("ab"), PLAIN, max_size=4)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_every_object_equals_itself(value: dict[str, object]) -> None:
    text = json.dumps(value)
    told = f"Sure:\n```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```"
    if "```" not in text and "think>" not in text:
        assert EXACT.grade(told, text).score == 1
        assert FIELDS.grade(told, text).score == 1


KEYS = st.sampled_from(["a", "b", "a.b", "", "[]", "a[]", "[0]", '"'])
NESTED = st.recursive(
    st.just(1),
    lambda inner: st.lists(inner, min_size=1, max_size=1) | st.dictionaries(KEYS, inner, min_size=1, max_size=2),
)
OBJECTS = st.dictionaries(KEYS, NESTED, max_size=2)


@given(OBJECTS, OBJECTS)
def test_no_two_structures_share_a_path(one: dict[str, object], other: dict[str, object]) -> None:
    fields = FIELDS.grade(json.dumps(one), json.dumps(other)).score
    assert (fields == 1) == (one == other)


@given(FLAT, FLAT)
def test_field_score_is_symmetric_and_full_only_for_equals(
    one: dict[str, object], other: dict[str, object]
) -> None:
    a, b = json.dumps(one), json.dumps(other)
    score = FIELDS.grade(a, b).score
    assert score == FIELDS.grade(b, a).score
    assert (score == 1) == (EXACT.grade(a, b).score == 1)
