"""PyYAML's syntax errors in plain words, each with what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from wrapper.documents.reading import MAX_DEPTH
from wrapper.errors import Fault

_TAB = ("a tab where YAML wants spaces", "indent with spaces")
_MISSING_SPACE = re.compile(r"\s*(?:- )?(?P<key>[\w-]+):(?P<value>[^\s/:][^:]*)$")


@dataclass(frozen=True, kw_only=True)
class _Explanation:
    """`needle` stands in libyaml's or PyYAML's wording; `at_start`: shown where the construct began."""

    needle: str
    message: str
    suggestion: str
    at_start: bool = False


_EXPLANATIONS = (
    _Explanation(  # newer builds of libyaml stop by themselves, at a depth of their own
        needle="maximum nesting depth",
        message=f"nested deeper than {MAX_DEPTH} levels",
        suggestion="",
    ),
    _Explanation(needle="tab character", message=_TAB[0], suggestion=_TAB[1]),
    _Explanation(
        needle="mapping values are not allowed",
        message="a second `: ` in one value, or a key indented deeper than the one above",
        suggestion="put text that holds `: ` in quotes, or align the keys",
    ),
    _Explanation(
        needle="could not find expected ':'",
        message="this line is no `key: value`",
        suggestion="write `key: value`, or indent the line under the text that it continues",
        at_start=True,
    ),
    _Explanation(
        needle="sequence entries are not allowed",
        message="a list cannot begin on the line of its key",
        suggestion="give each `- item` its own line, or write `[a, b]`",
    ),
    _Explanation(
        needle="'-' indicator",
        message="a list and keys stand at the same level",
        suggestion="begin each item with `- `, or indent the keys",
    ),
    _Explanation(
        needle="expected ',' or",
        message="a bracket that is not closed, or a comma that is missing",
        suggestion="close it with `]` or `}` and put a comma between the items",
        at_start=True,
    ),
    _Explanation(
        needle="node content",
        message="a value is missing here",
        suggestion="give it, and close every `[` and `{`",
    ),
    _Explanation(
        needle="unexpected end of stream",
        message="a quote that is not closed",
        suggestion="close it",
        at_start=True,
    ),
    _Explanation(
        needle="escape character",
        message="a backslash that means nothing inside double quotes",
        suggestion="use single quotes: there a backslash is a backslash",
    ),
    _Explanation(
        needle="undefined alias",
        message="`*` refers to an anchor that does not exist",
        suggestion="put text that begins with `*` in quotes",
    ),
    _Explanation(
        needle="another document",
        message="a second document begins here",
        suggestion="keep one document in the file: remove the `---`",
    ),
    _Explanation(
        needle="cannot start any token",
        message="a value cannot begin with this character",
        suggestion="put the text in quotes",
    ),
    _Explanation(
        needle="did not find expected key",
        message="this does not fit the lines above",
        suggestion="align the key with its neighbours; put the whole of a value in quotes or nothing of it",
    ),
    _Explanation(
        needle="expected <block end>",
        message="this does not fit the lines above",
        suggestion="align the key with its neighbours; put the whole of a value in quotes or nothing of it",
    ),
)


def syntax_fault(error: yaml.YAMLError, text: str, file: str) -> Fault:
    """The fault behind an error of PyYAML's scanner, parser or composer."""
    problem = str(getattr(error, "problem", None) or error)
    context = str(getattr(error, "context", None) or "")
    known = next((known for known in _EXPLANATIONS if known.needle in f"{context}: {problem}"), None)
    mark = getattr(error, "problem_mark", None)
    if known and known.at_start:
        mark = getattr(error, "context_mark", None) or mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    message, suggestion = (known.message, known.suggestion) if known else (problem, "")
    lines = text.splitlines()
    if line > len(lines) > 0:  # the end of the text is where the last line ends
        line, column = len(lines), len(lines[-1]) + 1
    shown = lines[line - 1] if 0 < line <= len(lines) else ""
    indent = shown[: len(shown) - len(shown.lstrip())]
    glued = _MISSING_SPACE.match(shown)
    if "\t" in indent:
        column, (message, suggestion) = indent.index("\t") + 1, _TAB
    elif glued and known and "':'" in known.needle:
        suggestion = f"put a space after the colon: `{glued['key']}: {glued['value'].strip()}`"
    return Fault(kind="syntax", message=message, file=file, line=line, column=column, suggestion=suggestion)
