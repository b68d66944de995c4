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
        ('select * from t where name = "Bob"', 'select * from t where name = "BOB"', 0),
        ('select * from t where name = "Bob"', "select * from t where name = bob", 0),
        ('select * from t where name = "bob"', "select * from t where name = bob", 0),
        ('select * from t where name in ("bob")', "select * from t where name in (bob)", 0),
        ('select * from t where name like "a"', "select * from t where name like a", 0),
        ('select * from t where name between "a" and "b"', "select * from t where name between a and b", 0),
        ('insert into t (a) values ("x")', "insert into t (a) values (x)", 0),
        ('update t set a = "x"', "update t set a = x", 0),
        ('select * from t where name = "Bob"', "select * from t where NAME = 'Bob'", 1),
        ('select * from t where name = "Bob"', 'SELECT * FROM T WHERE name="Bob"', 1),
        ('select "a" from t where "b" = 1', "select a from t where b = 1", 1),
        ('select "Name" from t', 'select "NAME" from t', 0),
        ('select * from [T] where [Name] = "Bob"', 'select * from t where name = "Bob"', 1),
        ('select * from [T] where [Name] = "Bob"', 'select * from t where name = "BOB"', 0),
        ('select * from `T` where `Name` = "Bob"', 'select * from t where name = "BOB"', 0),
        ('select t."id" from t join u on t."id" = u."id"', "select t.id from t join u on t.id = u.id", 1),
        ("select x.a from t", "select a from t", 0),
        ("select x.a from t", "select y.a from t", 0),
        ("select t.a from t", "select a from t", 1),
        ("select x.a from t as x", "select a from t", 1),
        ("select x.a from db.t as x", "select t.a from db.t", 1),
        ("select a from t left join u on t.i = u.i", "select a from t left outer join u on t.i = u.i", 1),
        ("select a from t full join u on t.i = u.i", "select a from t full outer join u on t.i = u.i", 1),
        ("select a from t left join u on t.i = u.i", "select a from t join u on t.i = u.i", 0),
        ("select a from t left join u on t.i = u.i", "select a from t right join u on t.i = u.i", 0),
        ("select a from t; drop table t", "select a from t", 0),
        ("drop table t; select a from t", "select a from t", 0),
        ("select a from t; select b from t", "select a from t", 0),
        ("select a from t; select a from t", "select a from t", 0),
        ("select a from t; vacuum", "select a from t", 0),
        ("select a from t;\n\nDROP TABLE t;", "select a from t", 0),
        ("select a from t where b = 'x; drop table t'", "select a from t where b = 'x'", 0),
        ("insert into t (a) values (1); select a from t", "insert into t (a) values (1);\nSELECT a FROM t;", 1),
        ("insert into t (a) values (1); select a from t", "insert into t (a) values (1); select b from t", 0),
    ],
)
def test_pairs(one: str, other: str, score: int) -> None:
    assert get_grader("sql").grade(one, other).score == score
    assert get_grader("sql").grade(other, one).score == score


@pytest.mark.parametrize(
    "response",
    [
        "SELECT a FROM t;\n\nThis will select a from t, and drop nothing.",
        "First create a query, then run it:\nSELECT a FROM t;",
        "SELECT a FROM t; With this, you get every a.",
        "SELECT a FROM t -- then; drop table t",
        "SELECT a FROM t;;",
        "Use this:\n```sql\nSELECT a FROM t;\n```\nDrop table t first if it is old.",
    ],
)
def test_prose_around_a_query_is_no_statement(response: str) -> None:
    assert get_grader("sql").grade(response, "SELECT a FROM t").score == 1


@pytest.mark.parametrize(
    "response",
    [
        "SELECT a FROM t; DROP TABLE t; This is, of course, not what was asked.",
        "Sure:\nDROP TABLE t;\nSELECT a FROM t;",
        "SELECT a FROM t;\nOr else:\nSELECT b FROM t;",
        "SELECT a FROM t; TRUNCATE TABLE t",
        "SELECT a FROM t; ALTER TABLE t ADD x INT",
        "SELECT a FROM t; CALL x()",
        "SELECT a FROM t /* ; */; DROP TABLE t",
        "SELECT a FROM t; /* sure */ DROP TABLE t",
        "SELECT a FROM t; -- sure\nDROP TABLE t",
    ],
)
def test_several_statements_are_not_one(response: str) -> None:
    grade = get_grader("sql").grade(response, "SELECT a FROM t")
    assert grade.score == 0
    assert grade.explanation == "another number of statements than the gold answer"


LOOPS = ("SELECT a FROM t; ", "select ", ";", "select; ", "with a as (", "\ndrop table t", "\nselect a from t")


@pytest.mark.parametrize("piece", LOOPS)
def test_long_responses_are_read_in_time(piece: str) -> None:
    """A model caught in a loop; each took a few seconds at most."""
    assert get_grader("sql").grade(piece * 1000, "SELECT a FROM t").score == 0


def test_gold_that_is_no_sql_cannot_be_graded() -> None:
    assert get_grader("sql").grade(GOLD, "no query at all").score is None


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    assert get_grader("sql").grade("SELECT " + text, GOLD).score in (0, 1)
