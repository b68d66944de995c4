"""JSON answers held against gold ones, whole or field by field."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wrapper.evaluation.graders.grade import Grade
from wrapper.evaluation.graders.json_leaves import as_json, comparable, leaves
from wrapper.evaluation.graders.json_values import read_json
from wrapper.evaluation.graders.protocol import ungradable

if TYPE_CHECKING:
    from wrapper.evaluation.graders.schema import SchemaCheck


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
        except ValueError as fault:
            return ungradable(f"the gold answer {fault}")
        try:
            broken = self._broken(expected)
        except TimeoutError as slow:
            return ungradable(f"in the gold answer, {slow}")
        if broken:
            return ungradable(f"the gold answer breaks the schema: {broken}")
        try:
            got = read_json(response, opening)
        except ValueError as fault:
            paths = [path for path, _ in leaves(expected)]
            return Grade(
                score=0.0,
                explanation=str(fault),
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
