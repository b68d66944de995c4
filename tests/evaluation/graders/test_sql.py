"""SQL compared as SQL."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper.evaluation.graders import get_grader

GOLD = "SELECT Name FROM Table1 WHERE X = 'a' AND y > 3 ORDER BY z"


@pytest.mark.parametrize(
    "response",
    [
        GOLD,
        GOLD + ";",
        "```sql\nselect name\nfrom table1\nwhere y>3 and x='a'\norder by z asc;\n```",
        'SELECT t.name AS n FROM table1 AS t WHERE (t.x = "a") AND (t.y > 3) ORDER BY t.z',
        "Sure! With this you can select: SELECT `name` FROM table1 WHERE x='a' and y>3 order by z; It works",
        "SELECT [Name] FROM Table1 WHERE X = 'a' AND y > 3 ORDER BY z",
        f"{GOLD}\n\nThis query selects the names.",
        f"<think>SELECT 1</think>{GOLD}",
        "SELECT name FROM table1 WHERE x = 'a' -- the letter\n AND y > 3 ORDER BY z",
    ],
)
def test_same_query(response: str) -> None:
    assert get_grader("sql").grade(response, GOLD).score == 1


@pytest.mark.parametrize(
    "response",
    [
        "",
        "hello world",
        "SELECT",
        "SELECT Name FROM",
        "I would select all names.",
        GOLD + " DESC",
        GOLD.replace("AND", "OR"),
        GOLD.replace("'a'", "'A'"),
        GOLD.replace("Name", "Names"),
        GOLD.replace("Name", "DISTINCT Name"),
        GOLD.replace("Name", "COUNT(Name)"),
        GOLD.replace("> 3", ">= 3"),
    ],
)
def test_another_query(response: str) -> None:
    grade = get_grader("sql").grade(response, GOLD)
    assert grade.score == 0
    assert grade.explanation


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        ("select a from t where (a=1 or b=2) and c=3", "select a from t where c=3 and (b=2 or (a=1))", 1),
        ("select a from t where (a=1 or b=2) and c=3", "select a from t where a=1 or b=2 and c=3", 0),
        ("select a from t where a <> 1", "select a from t where a != 1", 1),
        ("select a from t inner join u on t.i = u.i", "select a from t join u on t.i = u.i", 1),
        ("select x.a from t x join u y on x.i = y.i", "select t.a from t join u on t.i = u.i", 1),
        ("select x.a from t x join u y on x.i = y.i", "select u.a from t join u on t.i = u.i", 0),
        ("select a.n from t a join t b on a.i = b.j", "select b.n from t a join t b on a.i = b.j", 0),
        ("select count(*) as n from t order by n", "select count(*) from t", 0),
        ("delete from t where a = 1", "DELETE FROM T WHERE (A = 1)", 1),
        ("insert into t (a) values (1)", "insert into t (a) values (2)", 0),
    ],
)
def test_pairs(one: str, other: str, score: int) -> None:
    assert get_grader("sql").grade(one, other).score == score
    assert get_grader("sql").grade(other, one).score == score


def test_gold_that_is_no_sql_cannot_be_graded() -> None:
    assert get_grader("sql").grade(GOLD, "no query at all").score is None


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    assert get_grader("sql").grade("SELECT " + text, GOLD).score in (0, 1)
