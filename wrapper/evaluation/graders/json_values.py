"""JSON answers: read leniently out of a response, compared as values, whole or field by field."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from wrapper.evaluation.graders.protocol import ungradable
from wrapper.evaluation.graders.text import unfenced, without_thinking
from wrapper.evaluation.scores import Grade


def _not_json(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_not_json, strict=False)
_DEEPEST = 100  # brackets; a model caught in a loop opens thousands
_PLAIN_KEY = re.compile(r'[^.\[\]"]+')
Leaf = tuple[str, Hashable]  # path, value


def _depth(text: str) -> int:
    """Most brackets open at once, near enough: those inside strings count too."""
    steps = (1 if char in "{[" else -1 for char in text if char in "{[]}")
    return max(accumulate(steps), default=0)


def read_json(text: str, opening: str = "{") -> Any:
    """The first JSON value in the text that starts with `opening`; raises ValueError without one.

    An empty value in the middle of the text (`such as {}`) counts only where there is no other. Of several,
    the first is the answer: what follows is mostly a model that goes on with the next example.
    """
    bare = without_thinking(text)
    if _depth(bare) > _DEEPEST:
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
            value, end = _DECODER.raw_decode(text, start)
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
            yield from leaves(item, _step(path, _level(key)))
    elif isinstance(value, list) and value:
        nested = any(isinstance(item, (dict, list)) for item in value)
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]" if nested else f"{path}[]")
    elif isinstance(value, (dict, list)):
        if path:
            yield path, ("empty", type(value).__name__)
    else:
        yield path, _scalar(value)


def _step(path: str, key: str) -> str:
    if not _PLAIN_KEY.fullmatch(key):
        return f"{path}[{json.dumps(key, ensure_ascii=False)}]"
    return f"{path}.{key}" if path else key


def _comparable(value: Any) -> Hashable:
    if isinstance(value, dict):
        return ("object", frozenset((_level(key), _comparable(item)) for key, item in value.items()))
    if isinstance(value, list):
        return ("list", tuple(_comparable(item) for item in value))
    return _scalar(value)


def _field_scores(got: Any, gold: Any) -> tuple[float, dict[str, float]]:
    """F1 over all leaves, and F1 of each path; paths that either side has."""
    ours, theirs = Counter(leaves(got)), Counter(leaves(gold))
    hits, sizes = Counter[str](), Counter[str]()
    for (path, _), count in (ours & theirs).items():
        hits[path] += count
    for (path, _), count in (*ours.items(), *theirs.items()):
        sizes[path] += count
    parts = {path: 2 * hits[path] / size for path, size in sizes.items()}
    total = sizes.total()
    return (2 * hits.total() / total if total else 1.0), parts


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
    list of plain values counts as a bag. `parts` holds the score of each field either way.
    """

    name: str
    binary: bool

    def grade(self, response: str, gold: str) -> Grade:
        opening = "[" if gold.lstrip().startswith("[") else "{"
        try:
            expected = read_json(gold, opening)
        except ValueError:
            return ungradable("the gold answer holds no JSON")
        try:
            got = read_json(response, opening)
        except ValueError:
            return Grade(
                score=0.0,
                explanation="holds no JSON that can be read",
                parts=dict.fromkeys((path for path, _ in leaves(expected)), 0.0),
            )
        fields, parts = _field_scores(got, expected)
        same = _comparable(got) == _comparable(expected)
        score = float(same) if self.binary else fields
        return Grade(
            score=score,
            answer=json.dumps(got, ensure_ascii=False, sort_keys=True),
            explanation="" if score == 1 else _faults(parts, got, expected),
            parts=parts,
        )
