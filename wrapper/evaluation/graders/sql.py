"""SQL compared as SQL: what only changes how a query is written is normalised away."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import TYPE_CHECKING

from wrapper.evaluation.graders.grade import Grade
from wrapper.evaluation.graders.protocol import right, ungradable, wrong
from wrapper.evaluation.graders.sql_statements import DIALECTS, statements

if TYPE_CHECKING:
    from sqlglot import exp


def _may_be_string(name: exp.Identifier) -> bool:
    """`"x"` where a value is compared or inserted: MySQL, BigQuery and SQLite may take it for a string."""
    from sqlglot import exp

    column = name.parent
    if not name.args.get("quoted") or not isinstance(column, exp.Column) or column.table:
        return False
    beside = isinstance(column.parent, (exp.Binary, exp.In, exp.Between, exp.Tuple))
    return beside and not isinstance(column.parent, exp.Connector) and column.arg_key != "this"


def _plain_names(tree: exp.Expr, dialect: str) -> None:
    """Lower-case names, but not those in double quotes (as only the standard has them), which keep their case."""
    from sqlglot import exp

    for name in list(tree.find_all(exp.Identifier)):
        keeps_case = bool(name.args.get("quoted")) and not dialect
        may_be_string = keeps_case and _may_be_string(name)
        name.set("this", name.name if keeps_case else name.name.lower())
        name.set("quoted", may_be_string)


def _plain_tables(tree: exp.Expr) -> None:
    """Replace table aliases by the tables they stand for, where that is clear."""
    from sqlglot import exp

    tables = list(tree.find_all(exp.Table))
    if max(Counter(table.name for table in tables).values(), default=0) > 1 or tree.find(exp.CTE):
        return
    aliases = {table.alias: table.name for table in tables if table.alias}
    known = {table.alias_or_name for table in tables}
    for table in tables:
        table.set("alias", None)
    for column in tree.find_all(exp.Column):
        if len(tables) == 1 and column.table in known:
            column.set("table", None)
        elif column.table in aliases:
            column.set("table", exp.to_identifier(aliases[column.table]))


def _plain_clauses(tree: exp.Expr) -> None:
    """Drop names of result columns that nothing refers to, ASC, INNER and OUTER: they say what is so anyway."""
    from sqlglot import exp

    used = {column.name for column in tree.find_all(exp.Column)}
    if isinstance(tree, exp.Select):
        for item in list(tree.expressions):
            if isinstance(item, exp.Alias) and item.alias not in used:
                item.replace(item.this)
    for ordered in tree.find_all(exp.Ordered):
        if not ordered.args.get("desc"):
            ordered.set("desc", None)
    for join in tree.find_all(exp.Join):
        if join.kind == "INNER" or (join.kind == "OUTER" and join.side):
            join.set("kind", None)


def _plain_conditions(tree: exp.Expr) -> None:
    """Drop brackets that change nothing, and put what AND and OR connect in one order."""
    from sqlglot import exp

    for paren in list(tree.find_all(exp.Paren)):
        inner, parent = paren.this, paren.parent
        connects = isinstance(parent, exp.Connector)
        if isinstance(parent, (exp.Where, exp.Having)) or (
            connects and (type(inner) is type(parent) or not isinstance(inner, exp.Connector))
        ):
            paren.replace(inner)
    for connector in reversed(list(tree.find_all(exp.And, exp.Or))):  # the innermost first
        kind = type(connector)
        if type(connector.parent) is not kind:
            operands = sorted(connector.flatten(unnest=False), key=lambda operand: operand.sql())
            copies = (operand.copy() for operand in operands)
            connector.replace(reduce(lambda left, right: kind(this=left, expression=right), copies))


@lru_cache(maxsize=4096)
def normalised(text: str, dialect: str = "") -> tuple[str, ...]:
    """The statements in one spelling; none where the text does not parse."""
    trees = statements(text, dialect)
    for tree in trees:
        _plain_names(tree, dialect)
        _plain_tables(tree)
        _plain_clauses(tree)
        _plain_conditions(tree)
    return tuple(tree.sql(comments=False) for tree in trees)


@dataclass(frozen=True, kw_only=True)
class SqlMatch:
    """The same query in at least one dialect, and no statement beside it; results are not looked at.

    What stands in quotes keeps its case, but for names in backticks and brackets: these are never strings,
    and are told apart without regard to case. The first code block of a response is its answer.
    """

    name: str = "sql"
    binary: bool = True

    def grade(self, response: str, gold: str) -> Grade:
        golds = {dialect: queries for dialect in DIALECTS if (queries := normalised(gold, dialect))}
        if not golds:
            return ungradable("the gold answer holds no SQL that can be read")
        got = {dialect: queries for dialect in golds if (queries := normalised(response, dialect))}
        if not got:
            return wrong("", "holds no SQL that can be read")
        same = next((queries for dialect, queries in got.items() if queries == golds[dialect]), None)
        if same:
            return right("; ".join(same))
        dialect, queries = next(iter(got.items()))
        told = "another query than the gold one"
        if len(queries) != len(golds[dialect]):
            told = "another number of statements than the gold answer"
        return wrong("; ".join(queries), told)
