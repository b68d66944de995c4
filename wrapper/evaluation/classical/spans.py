"""JSON answers as spans of their input, and back: which leaf stands where, and how an answer is written."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wrapper.data.rows import Row
from wrapper.evaluation.classical.features import Tokens, tokenise
from wrapper.evaluation.graders.json_values import read_json

Path = tuple[str, ...]  # keys from the top; the last one is "[]" for the items of a list
_WRITINGS: tuple[dict[str, Any], ...] = (
    {"ensure_ascii": False},
    {"ensure_ascii": False, "separators": (",", ":")},
    {},
    {"separators": (",", ":")},
    {"ensure_ascii": False, "indent": 2},
)


@dataclass(frozen=True, kw_only=True)
class Example:
    """`spans` are (path, first token, token after the last); `unseen` are leaves that stand nowhere."""

    tokens: Tokens
    spans: tuple[tuple[Path, int, int], ...]
    unseen: tuple[tuple[Path, Any], ...]


def plain_leaves(value: Any, path: Path = ()) -> list[tuple[Path, Any]]:
    """Leaves of nested objects and of lists of plain values; lists of objects are left out."""
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in plain_leaves(item, (*path, key))]
    if isinstance(value, list):
        return [((*path, "[]"), item) for item in value if not isinstance(item, (dict, list))]
    return [(path, value)]


def align(row: Row, answer: Any) -> Example:
    """Find each leaf in the input, the longest first; case and punctuation at its end do not matter."""
    tokens = tokenise(row.input_text)
    free = [True] * len(tokens.words)
    spans, unseen = [], []
    for path, value in sorted(plain_leaves(answer), key=lambda leaf: -len(str(leaf[1]))):
        words = [] if isinstance(value, bool) or value is None else list(tokenise(str(value)).words)
        while words and not words[-1].isalnum():
            words.pop()
        start = tokens.find(words, free) if words else None
        if start is None:
            unseen.append((path, value))
            continue
        end = start + len(words)
        free[start:end] = [False] * len(words)
        spans.append((path, start, end))
    return Example(tokens=tokens, spans=tuple(spans), unseen=tuple(unseen))


@dataclass(frozen=True, kw_only=True)
class AnswerForm:
    """How the training answers are written: order of the keys, numbers, values for what stands nowhere."""

    order: Sequence[Path]
    numeric: frozenset[Path]
    defaults: Mapping[Path, Any]
    writing: Mapping[str, Any]

    def compose(self, found: Mapping[Path, Sequence[str]]) -> str:
        """An answer out of the texts found for each path."""
        answer: dict[str, Any] = {}
        for path in self.order:
            values: list[Any] = [self._typed(path, text) for text in found.get(path, ())]
            if not values and path in self.defaults:
                values = [self.defaults[path]]
            if values:
                _put(answer, path, values)
        return json.dumps(answer, **self.writing)

    def _typed(self, path: Path, text: str) -> Any:
        if path not in self.numeric:
            return text
        try:
            return json.loads(text.replace(",", ""))
        except ValueError:
            return text


def _put(answer: dict[str, Any], path: Path, values: list[Any]) -> None:
    keys, value = (path[:-1], values) if path[-1] == "[]" else (path, values[0])
    for key in keys[:-1]:
        answer = answer.setdefault(key, {})
    answer[keys[-1]] = value


def learn_form(rows: Sequence[tuple[Row, Any, Example]]) -> AnswerForm:
    """Read the form off the training answers: a row, its parsed answer and its alignment each."""
    places: dict[Path, list[int]] = defaultdict(list)
    numbers, present, seen = Counter[Path](), Counter[Path](), Counter[Path]()
    unseen: dict[Path, Counter[str]] = defaultdict(Counter)
    writings = Counter[int]()
    for row, answer, example in rows:
        for place, (path, value) in enumerate(plain_leaves(answer)):
            places[path].append(place)
            present[path] += 1
            numbers[path] += isinstance(value, (int, float)) and not isinstance(value, bool)
        seen.update({path for path, _, _ in example.spans})
        for path, value in example.unseen:
            unseen[path][json.dumps(value)] += 1
        writings.update(
            number for number, how in enumerate(_WRITINGS) if json.dumps(answer, **how) == row.answer.strip()
        )
    defaults = {
        path: json.loads(values.most_common(1)[0][0])
        for path, values in unseen.items()
        # one value in most rows that have no span for the key: a rarer one would be a guess
        if path[-1] != "[]" and 2 * values.most_common(1)[0][1] > len(rows) - seen[path]
    }
    return AnswerForm(
        order=sorted(places, key=lambda path: sum(places[path]) / len(places[path])),
        numeric=frozenset(path for path in present if 2 * numbers[path] > present[path]),
        defaults=defaults,
        writing=_WRITINGS[writings.most_common(1)[0][0] if writings else 0],
    )


def aligned(train: Sequence[Row]) -> list[tuple[Row, Any, Example]]:
    """The training rows whose answer is a JSON object."""
    found = []
    for row in train:
        try:
            answer = read_json(row.answer)
        except ValueError:
            continue
        found.append((row, answer, align(row, answer)))
    return found
