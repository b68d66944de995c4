"""Every row in is a row out or a dropped one; a second cleaning finds nothing."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapper.data.clean import Policies, clean
from wrapper.data.rows import Message, make_row

LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
TEXTS = ["a", "A!", "b  b", "b b\r\n", "\ufeffc", "c", "2+3", "2-3"]
TEXTS += [LONG + "x y z", LONG + "x y w", LONG.upper() + "x q z"]
ROWS = st.lists(st.tuples(st.sampled_from(TEXTS), st.sampled_from(["yes", "no", "Yes ", "5"])), max_size=14)
POLICIES = st.builds(
    Policies,
    contradictions=st.sampled_from(["keep-first", "majority", "drop-all", "keep-all"]),
    near_duplicates=st.sampled_from(["keep-first", "drop-all", "keep-all"]),
    drop=st.sampled_from([frozenset(), frozenset(["low_value"])]),
)


def rows_of(pairs, file="f"):
    return [
        make_row((Message(role="user", content=text),), answer, file=file, line=line)
        for line, (text, answer) in enumerate(pairs, start=1)
    ]


def places(rows):
    return Counter((row.file, row.line) for row in rows)


@settings(max_examples=80, deadline=None)
@given(ROWS, ROWS, POLICIES)
def test_no_row_is_lost_and_a_second_time_changes_nothing(train, test, policies) -> None:
    splits = {"train": rows_of(train), "test": rows_of(test, "t")}
    done = clean(splits, policies)
    out = [row for rows in done.rows.values() for row in rows]
    assert places(out) + places(one.row for one in done.dropped) == places(splits["train"] + splits["test"])
    again = clean(done.rows, policies)
    assert (again.rows, again.dropped, again.fixes) == (done.rows, (), {})


def kept(pairs, **policies):
    return [row.line for row in clean({"train": rows_of(pairs)}, Policies(**policies)).rows["train"]]


@pytest.mark.parametrize(
    ("policy", "lines"),
    [("keep-first", [1]), ("majority", [2]), ("drop-all", []), ("keep-all", [1, 2, 4])],
)
def test_contradictions_by_policy(policy, lines) -> None:
    pairs = [("is it open", "yes"), ("is it open", "no"), ("is it open", "no"), ("is it open?", "no")]
    near = {"near_duplicates": "keep-all"} if policy == "keep-all" else {}
    assert kept(pairs, contradictions=policy, **near) == lines


def test_a_tie_has_no_majority() -> None:
    assert kept([("is it open", "yes"), ("is it open", "no"), ("other", "x")]) == [3]


@pytest.mark.parametrize(("policy", "lines"), [("keep-first", [1, 3]), ("drop-all", [3]), ("keep-all", [1, 2, 3])])
def test_near_duplicates_by_policy(policy, lines) -> None:
    pairs = [(LONG + "x y z", "a long time"), (LONG + "x y w", "a long time"), ("other", "b")]
    assert kept(pairs, near_duplicates=policy) == lines


def test_ask_is_asked_for_each_group() -> None:
    asked = []

    def choose(rule, rows):
        asked.append((rule, [row.line for row in rows]))
        return [1]

    pairs = [("is it open", "yes"), ("is it open", "no"), ("x", "y")]
    assert kept(pairs, contradictions="ask", ask=choose) == [2, 3]
    assert asked == [("contradiction", [1, 2])]


def test_what_is_mended_is_counted() -> None:
    done = clean({"train": rows_of([(" a\r\nb ", "yes\u200b"), ("plain", "no")])}, Policies())
    assert (done.rows["train"][0].input_text, done.rows["train"][0].answer) == ("a\nb", "yes")
    assert done.fixes == {"line ends": 1, "white space around": 1, "invisible characters": 1}
    assert [found.line for found in done.mended] == [1]


def test_training_rows_that_are_held_out_go_and_test_rows_stay() -> None:
    train, test = rows_of([("is it open", "yes"), ("b", "x")]), rows_of([("Is it open?", "yes")], "t")
    done = clean({"train": train, "test": test}, Policies())
    assert ([row.line for row in done.rows["train"]], len(done.rows["test"])) == ([2], 1)
    assert [(one.finding.rule, str(one.finding.related[0])) for one in done.dropped] == [("leakage", "t:1")]


def test_every_training_row_of_a_held_out_input_goes() -> None:
    train, test = rows_of([("a", "x"), ("A", "x"), ("a!", "x"), ("b", "x")]), rows_of([("a", "x")], "t")
    done = clean({"train": train, "test": test}, Policies(near_duplicates="keep-all"))
    assert [row.line for row in done.rows["train"]] == [4]


def test_low_value_answers_go_only_where_that_is_asked_for() -> None:
    pairs = [("a question", "I'm sorry, but I can't help with that."), ("b", "x")]
    assert kept(pairs) == [1, 2]
    assert kept(pairs, drop=frozenset(["low_value"])) == [2]
