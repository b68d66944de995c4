"""SQL compared as SQL: what only changes how a query is written is normalised away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import TYPE_CHECKING

from wrapper.evaluation.graders.protocol import right, ungradable, wrong
from wrapper.evaluation.graders.text import unfenced, without_thinking
from wrapper.evaluation.scores import Grade

if TYPE_CHECKING:
    from sqlglot import exp

# "x" is a name in the standard and a string in MySQL; `x` and [x] are names in MySQL and T-SQL
_DIALECTS = ("", "mysql", "tsql")
_STATEMENT = re.compile(r"\b(?:select|with|insert|update|delete)\b", re.IGNORECASE)


def _statements(text: str) -> Iterator[str]:
    """What may be the statement in a response, most of the text first."""
    bare = unfenced(without_thinking(text))
    for match in _STATEMENT.finditer(bare):
        rest = bare[match.start() :].rstrip("; \n\t")
        yield rest
        for end in (";", "\n\n"):
            if end in rest:
                yield rest.partition(end)[0]


def _parse(text: str, dialect: str) -> exp.Query | exp.DML | None:
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError

    for statement in _statements(text):
        try:
            tree = parse_one(statement, dialect=dialect or None)
        except (SqlglotError, RecursionError):
            continue
        if isinstance(tree, (exp.Query, exp.DML)) and (not isinstance(tree, exp.Select) or tree.expressions):
            return tree
    return None


def _plain_names(tree: exp.Query | exp.DML) -> None:
    """Lower-case unquoted names; replace table aliases by the tables they stand for, where that is clear."""
    from sqlglot import exp

    for name in tree.find_all(exp.Identifier):
        name.set("this", name.name.lower())
        name.set("quoted", False)
    tables = list(tree.find_all(exp.Table))
    if max(Counter(table.name for table in tables).values(), default=0) > 1 or tree.find(exp.CTE):
        return
    aliases = {table.alias: table.name for table in tables if table.alias}
    for table in tables:
        table.set("alias", None)
    for column in tree.find_all(exp.Column):
        if len(tables) == 1:
            column.set("table", None)
        elif column.table in aliases:
            column.set("table", exp.to_identifier(aliases[column.table]))


def _plain_clauses(tree: exp.Query | exp.DML) -> None:
    """Drop names of result columns that nothing refers to, ASC and INNER: they say what is so anyway."""
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
        if join.args.get("kind") == "INNER":
            join.set("kind", None)


def _plain_conditions(tree: exp.Query | exp.DML) -> None:
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
def normalised(text: str, dialect: str = "") -> str | None:
    """The query in one spelling, or None where it does not parse."""
    tree = _parse(text, dialect)
    if tree is None:
        return None
    _plain_names(tree)
    _plain_clauses(tree)
    _plain_conditions(tree)
    return tree.sql(comments=False)


@dataclass(frozen=True, kw_only=True)
class SqlMatch:
    """The same query in at least one dialect; strings keep their case, and results are not looked at."""

    name: str = "sql"
    binary: bool = True

    def grade(self, response: str, gold: str) -> Grade:
        golds = {dialect: query for dialect in _DIALECTS if (query := normalised(gold, dialect))}
        if not golds:
            return ungradable("the gold answer holds no SQL that can be read")
        got = {dialect: query for dialect in golds if (query := normalised(response, dialect))}
        if not got:
            return wrong("", "holds no SQL that can be read")
        same = next((query for dialect, query in got.items() if query == golds[dialect]), None)
        return right(same) if same else wrong(next(iter(got.values())), "another query than the gold one")
