"""JSON answers taken apart into spans of their input, and put together again."""

from __future__ import annotations

import json

from wrapper.data.rows import Message, Row
from wrapper.evaluation.classical.spans import aligned, learn_form, plain_leaves


def row(text: str, answer: object, **how: object) -> Row:
    written = json.dumps(answer, **how)  # type: ignore[arg-type]
    return Row(row_id=text, messages=(Message(role="user", content=text),), answer=written, file="f", line=1)


def spans_of(text: str, answer: object) -> dict[str, list[str]]:
    ((_, _, example),) = aligned([row(text, answer)])
    found: dict[str, list[str]] = {}
    for path, start, end in example.spans:
        found.setdefault(".".join(path), []).append(example.tokens.span(start, end))
    return found


def test_leaves_are_found_whatever_their_case_and_final_punctuation() -> None:
    text = "Table for 2 at 7pm, ANNA said, with Bo and Carla"
    answer = {"who": {"name": "Anna."}, "people": 2, "time": "7", "x": "Oslo", "y": None}
    answer["friends"] = ["Bo", "Carla"]
    assert spans_of(text, answer) == {
        "who.name": ["ANNA"],
        "people": ["2"],
        "time": ["7"],
        "friends.[]": ["Carla", "Bo"],  # the longer first; answers are composed in the order of the text
    }


def test_longer_values_are_placed_first() -> None:
    assert spans_of("in New York, York", {"a": "York", "b": "New York"}) == {"a": ["York"], "b": ["New York"]}


def test_rows_whose_answer_is_no_object_are_left_out() -> None:
    assert aligned([row("a", "a"), row("b", [1])]) == []


def test_lists_of_objects_are_left_out() -> None:
    assert plain_leaves({"a": [{"b": 1}], "c": 2}) == [(("c",), 2)]


def test_the_form_keeps_order_types_nesting_and_writing() -> None:
    answers = [{"b": 1, "a": {"c": "x", "d": ["y", "z"]}}, {"b": 2.5, "a": {"c": "x"}}]
    texts = ("1 x y z", "2.5 x")
    rows = [row(*pair, separators=(",", ":")) for pair in zip(texts, answers, strict=True)]
    form = learn_form(aligned(rows))
    found = {("a", "d", "[]"): ["y", "ü"], ("a", "c"): ["x"], ("b",): ["1,000"]}
    assert form.compose(found) == '{"b":1000,"a":{"c":"x","d":["y","ü"]}}'
    assert form.compose({("b",): ["many"]}) == '{"b":"many"}'
    assert form.compose({}) == "{}"


def test_a_key_that_nearly_always_has_one_value_gets_it_where_nothing_is_found() -> None:
    rows = [row(f"n{n} is {n}", {"n": n, "unit": "EUR", "note": None, "id": f"x{n}9"}) for n in range(10)]
    form = learn_form(aligned(rows))
    assert json.loads(form.compose({("n",): ["3"]})) == {"n": 3, "unit": "EUR", "note": None}
