"""JSON answers: read leniently out of a response, compared as values, whole or field by field."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from wrapper.evaluation.graders.grade import Grade
from wrapper.evaluation.graders.protocol import ungradable
from wrapper.evaluation.graders.text import unfenced, without_thinking

if TYPE_CHECKING:
    from wrapper.evaluation.graders.schema import SchemaCheck


def refuse_constant(constant: str) -> Any:
    """For `parse_constant`: NaN and Infinity are no JSON."""
    raise ValueError(f"{constant} is not JSON")


DECODER = json.JSONDecoder(parse_constant=refuse_constant, strict=False)
_DEEPEST = 100  # brackets; a model caught in a loop opens thousands
_PLAIN_KEY = re.compile(r'[^.\[\]"]+')
Leaf = tuple[str, Hashable]  # path, value


def too_deep(text: str) -> bool:
    """More brackets open at once than are read, near enough: those inside strings count too."""
    steps = (1 if char in "{[" else -1 for char in text if char in "{[]}")
    return max(accumulate(steps), default=0) > _DEEPEST


def read_json(text: str, opening: str = "{") -> Any:
    """The first JSON value in the text that starts with `opening`; raises ValueError without one.

    An empty value in the middle of the text (`such as {}`) counts only where there is no other. Of several,
    the first is the answer: what follows is mostly a model that goes on with the next example.
    """
    bare = without_thinking(text)
    if too_deep(bare):
        raise ValueError("nested too deeply")
    for part in (unfenced(bare), bare):
        values = list(_values(part, opening))
        for start, value in values:
            if value or start == 0:
                return value
        if values:
            return values[0][1]
    raise ValueError("no JSON value")


def _values(text: str, opening: str) -> Iterator[tuple[int, Any]]:
    """Where each value starts, and the value; up to the first that holds something."""
    start = text.find(opening)
    while start >= 0:
        try:
            value, end = DECODER.raw_decode(text, start)
        except ValueError:
            end = start + 1
        else:
            yield start, value
            if value:
                return
        start = text.find(opening, end)


def _level(text: str) -> str:
    """Composed and decomposed characters are one (NFC); white space at the ends does not count."""
    return unicodedata.normalize("NFC", text).strip()


def _scalar(value: Any) -> Hashable:
    """1 equals 1.0 but not true; strings are stripped, and a full stop at their end does not count."""
    if isinstance(value, str):
        return ("string", " ".join(_level(value).split()).removesuffix(".").rstrip())
    if isinstance(value, bool) or value is None:
        return ("constant", str(value))
    return ("number", value)


def leaves(value: Any, path: str = "") -> Iterator[Leaf]:
    """Leaf paths (`due`, `items[0].price`, `tags[]` for a list of plain values) and comparable values.

    A key with a dot or a bracket in it stands in brackets: `a["b.c"]` is no `a.b.c`.
    An empty object or list inside is a leaf of its own; an empty one at the top has no leaves.
    """
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, step(path, _level(key)))
    elif isinstance(value, list) and value:
        nested = any(isinstance(item, (dict, list)) for item in value)
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]" if nested else f"{path}[]")
    elif isinstance(value, (dict, list)):
        if path:
            yield path, ("empty", type(value).__name__)
    else:
        yield path, _scalar(value)


def step(path: str, key: str) -> str:
    """The path of a key below a path."""
    if not _PLAIN_KEY.fullmatch(key):
        return f"{path}[{json.dumps(key, ensure_ascii=False)}]"
    return f"{path}.{key}" if path else key


def comparable(value: Any) -> Hashable:
    """Equal for values that are the same but for key order, white space at the ends and the kind of number."""
    if isinstance(value, dict):
        return ("object", frozenset((_level(key), comparable(item)) for key, item in value.items()))
    if isinstance(value, list):
        return ("list", tuple(comparable(item) for item in value))
    return _scalar(value)


@dataclass(frozen=True, kw_only=True)
class _Fields:
    """F1 over all leaves, and of each path that either side has; how many leaves are right, given and in the gold."""

    f1: float
    parts: dict[str, float]
    counts: dict[str, int]


def _fields(got: Any, gold: Any) -> _Fields:
    ours, theirs = Counter(leaves(got)), Counter(leaves(gold))
    hits, sizes = Counter[str](), Counter[str]()
    for (path, _), count in (ours & theirs).items():
        hits[path] += count
    for (path, _), count in (*ours.items(), *theirs.items()):
        sizes[path] += count
    parts = {path: 2 * hits[path] / size for path, size in sizes.items()}
    right, total = hits.total(), sizes.total()
    counts = {"right": right, "given": ours.total(), "gold": theirs.total()}
    return _Fields(f1=2 * right / total if total else 1.0, parts=parts, counts=counts)


def _faults(parts: dict[str, float], got: Any, gold: Any) -> str:
    ours, theirs = {path for path, _ in leaves(got)}, {path for path, _ in leaves(gold)}
    words = [
        f"{word} {', '.join(f'`{path}`' for path in paths)}"
        for word, paths in (
            ("missing", [path for path in parts if path not in ours]),
            ("extra", [path for path in parts if path not in theirs]),
            ("wrong", [path for path, part in parts.items() if part < 1 and path in ours & theirs]),
        )
        if paths
    ]
    return "; ".join(words) or "differs in the order or kind of its values"


@dataclass(frozen=True, kw_only=True)
class JsonMatch:
    """A JSON object (or list, where the gold answer is one) held against the gold one.

    Exact: 1 where all keys and values are equal, key order apart. Fields: F1 over the leaves, where a
    list of plain values counts as a bag. Both: 0 where the answer breaks the schema. `parts` holds the score of
    each field either way, `counts` the numbers that precision and recall are made of.
    """

    name: str
    binary: bool
    schema: SchemaCheck | None = None

    def grade(self, response: str, gold: str) -> Grade:
        opening = "[" if gold.lstrip().startswith("[") else "{"
        try:
            expected = read_json(gold, opening)
        except ValueError:
            return ungradable("the gold answer holds no JSON")
        try:
            broken = self._broken(expected)
        except TimeoutError as slow:
            return ungradable(f"in the gold answer, {slow}")
        if broken:
            return ungradable(f"the gold answer breaks the schema: {broken}")
        try:
            got = read_json(response, opening)
        except ValueError:
            paths = [path for path, _ in leaves(expected)]
            return Grade(
                score=0.0,
                explanation="holds no JSON that can be read",
                parts=dict.fromkeys(paths, 0.0),
                counts={"right": 0, "given": 0, "gold": len(paths), "valid": 0},
            )
        try:
            return self._held_against(got, expected)
        except TimeoutError as slow:
            return ungradable(f"in the response, {slow}")

    def _held_against(self, got: Any, expected: Any) -> Grade:
        fields, broken = _fields(got, expected), self._broken(got)
        same = comparable(got) == comparable(expected)
        score = 0.0 if broken else float(same) if self.binary else fields.f1
        told = "" if score == 1 else _faults(fields.parts, got, expected)
        return Grade(
            score=score,
            answer=as_json(got),
            explanation=f"breaks the schema: {broken}" if broken else told,
            parts=fields.parts,
            counts={**fields.counts, "valid": int(not broken)},
        )

    def _broken(self, value: Any) -> str:
        return self.schema.fault(value) if self.schema else ""


def as_json(value: Any) -> str:
    """One spelling of a value, so that equal ones read alike."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
