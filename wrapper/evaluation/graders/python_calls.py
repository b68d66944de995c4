"""Calls written as Python, such as `[f(x=1), g()]`: parsed, never run."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Sequence
from typing import Any

PythonCall = tuple[str, dict[str, Any]]  # name, arguments

_MOST_CHARACTERS = 20_000
_JSON_NAMES = {"true": True, "false": False, "null": None}
_PARAGRAPHS = re.compile(r"\n\s*\n")
_TOKENS = re.compile(r"<\|python_(?:tag|start|end)\|>|<\|eo[mt]_id\|>")
_CALL_START = re.compile(r"\s*\[?\s*[^\W\d][\w.]*\s*\(")


def python_calls(text: str) -> list[PythonCall]:
    """All of a text, or the first of its paragraphs or lines that are nothing but calls; arguments by keyword only."""
    text = _TOKENS.sub("", text[:_MOST_CHARACTERS])
    for parts in ([text], _PARAGRAPHS.split(text), text.splitlines()):
        found = _first_run(parts)
        if found:
            return found
    return []


def _first_run(parts: Sequence[str]) -> list[PythonCall]:
    calls: list[PythonCall] = []
    for part in parts:
        if not part.strip():
            continue
        found = _calls(part)
        if calls and not found:
            break
        calls += found
    return calls


def _calls(text: str) -> list[PythonCall]:
    """Nothing where a part of the text is no call."""
    if not _CALL_START.match(text):
        return []
    calls: list[PythonCall] = []
    try:
        for statement in _parsed(text).body:
            value = statement.value if isinstance(statement, ast.Expr) else None
            for one in value.elts if isinstance(value, ast.List | ast.Tuple) else [value]:
                calls.append(_call(one))
    except ValueError:
        return []
    return calls


def _parsed(text: str) -> ast.Module:
    """Raises ValueError for what is no Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes such as `\\d`
        try:
            return ast.parse(text.strip())
        except (SyntaxError, RecursionError, MemoryError) as failure:
            raise ValueError(str(failure)) from None


def _call(node: ast.AST | None) -> PythonCall:
    if not isinstance(node, ast.Call) or node.args:
        raise ValueError("no call, or arguments without a name")
    given: dict[str, Any] = {}
    for keyword in node.keywords:
        if keyword.arg is None:
            raise ValueError("`**` is not read")
        given[keyword.arg] = _literal(keyword.value)
    return _name(node.func), given


def _name(node: ast.AST) -> str:
    """`f` or `module.f`."""
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    if not isinstance(node, ast.Name):
        raise ValueError("the name is no name")
    return node.id


def literal(text: str) -> Any:
    """A Python literal as the JSON value that it is; raises ValueError for anything else."""
    body = _parsed(text).body
    if len(body) != 1 or not isinstance(body[0], ast.Expr):
        raise ValueError("no literal")
    return _literal(body[0].value)


class _JsonNames(ast.NodeTransformer):
    """`true`, `false` and `null`, which models write as they do in JSON."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.copy_location(ast.Constant(_JSON_NAMES[node.id]), node) if node.id in _JSON_NAMES else node


def _literal(node: ast.expr) -> Any:
    try:
        value = ast.literal_eval(_JsonNames().visit(node))
        return json.loads(json.dumps(value, allow_nan=False))  # tuples as lists; no sets, bytes or complex numbers
    except (TypeError, RecursionError, MemoryError, SyntaxError) as failure:
        raise ValueError(str(failure)) from None
