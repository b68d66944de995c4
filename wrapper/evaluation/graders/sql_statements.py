"""The SQL statements of a response, found among prose and parsed in one dialect."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, ClassVar

from wrapper.evaluation.graders.text import unfenced, without_thinking

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.dialects.dialect import Dialect

# "x" is a name in the standard and a string elsewhere; `x` and [x] are names in MySQL and T-SQL
DIALECTS = ("", "mysql", "tsql")
_MOST_STARTS = 20  # a model caught in a loop writes thousands
_QUERY = r"(?:select|with|insert|update|delete)\b"
_OTHER = (
    r"(?:create|drop|alter|truncate)\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+|unique\s+)?"
    r"(?:table|view|index|database|schema|trigger|function|procedure|user|role)\b"
    r"|(?:merge|replace)\s+into\b|(?:grant|revoke)\s+[\w, ]+\s+(?:on|to|from)\b|call\s+[\w.]+\s*\("
    r"|(?:vacuum|pragma|attach)\b|exec(?:ute)?\s+\w+|set\s+@?\w+\s*="
)
_FIRST = re.compile(rf"\b{_QUERY}|(?:^|(?<=;)|(?<=\*/))\s*(?P<other>{_OTHER})", re.IGNORECASE | re.MULTILINE)
_NEXT = re.compile(rf"(?:^|(?<=;)|(?<=\*/))\s*(?:{_QUERY}|(?P<other>{_OTHER}))", re.IGNORECASE | re.MULTILINE)


def statements(text: str, dialect: str) -> list[exp.Expr]:
    """All statements of a text, in order; none where it holds no query and no change of rows.

    The first may stand in the middle of a sentence; those after it start a line or follow a semicolon.
    """
    from sqlglot import exp

    bare = unfenced(without_thinking(text))
    found: list[exp.Expr] = []
    place = 0
    for _ in range(_MOST_STARTS):
        match = (_NEXT if found else _FIRST).search(bare, place)
        if match is None:
            break
        trees, place = _parsed(bare, match, dialect)
        found.extend(trees)
    return found if any(isinstance(tree, (exp.Query, exp.DML)) for tree in found) else []


def _extents(text: str, start: int) -> Iterator[int]:
    """Where what starts here may end, most of the text first."""
    yield len(text)
    for end in (";", "\n\n"):
        if (place := text.find(end, start)) >= 0:
            yield place


def _parsed(text: str, match: re.Match[str], dialect: str) -> tuple[list[exp.Expr], int]:
    """What parses from a keyword on, and where to look for more; nothing where it is prose."""
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    for end in _extents(text, match.start()):
        try:
            trees = [tree for tree in sql_dialect(dialect).parse(text[match.start() : end]) if tree is not None]
        except (SqlglotError, RecursionError):
            continue
        trees = [tree for tree in trees if not isinstance(tree, exp.Semicolon)]  # a comment after one
        if all(map(_is_statement, trees)) or (len(trees) == 1 and match["other"]):
            return trees, max(end, match.end())
    return [], match.end()


def _is_statement(tree: exp.Expr) -> bool:
    """Without commands that are kept unparsed: prose after a semicolon reads like one."""
    from sqlglot import exp

    if isinstance(tree, exp.Select):
        return bool(tree.expressions)
    kinds = (exp.Query, exp.DML, exp.Create, exp.Drop, exp.Alter, exp.TruncateTable, exp.Grant, exp.Set)
    return isinstance(tree, kinds)


@cache
def sql_dialect(name: str) -> Dialect:
    """T-SQL as under `SET QUOTED_IDENTIFIER OFF`, where only brackets quote names."""
    from sqlglot.dialects.dialect import Dialect
    from sqlglot.dialects.tsql import TSQL

    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of every command that it keeps unparsed
    if name != "tsql":
        return Dialect.get_or_raise(name or None)

    class Bracketed(TSQL):
        class Tokenizer(TSQL.Tokenizer):
            IDENTIFIERS: ClassVar = [("[", "]")]
            QUOTES: ClassVar = ["'", '"']

    return Bracketed()
