"""The nearest training row's answer: copied, or with the parts exchanged that stand in its input."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from typing import Any

from wrapper.data.rows import Row
from wrapper.evaluation.classical.features import Predictor, Tokens, tfidf, tokenise

COPIED = "nearest training row's answer"
SLOTS = "nearest training row's answer with slots"
_BATCH = 256  # queries compared with all rows at once
_Opcodes = Sequence[tuple[str, int, int, int, int]]


def fit(train: Sequence[Row], *, slots: bool) -> Predictor:
    """Nearest by the cosine of TF-IDF; the first of equals."""
    vectors = tfidf()
    known = vectors.fit_transform([row.input_text for row in train])

    def predict(inputs: Sequence[str]) -> list[str]:
        rows: list[int] = []
        for start in range(0, len(inputs), _BATCH):
            near = vectors.transform(inputs[start : start + _BATCH]) @ known.T
            rows.extend(int(row) for row in near.toarray().argmax(axis=1))
        pairs = [(train[row], text) for row, text in zip(rows, inputs, strict=True)]
        return [adapted(row.answer, row.input_text, text) if slots else row.answer for row, text in pairs]

    return predict


def adapted(answer: str, source: str, target: str) -> str:
    """The answer to `source`, with the parts that stand in it replaced by what stands there in `target`.

    In a JSON answer the parts are its strings; elsewhere its longest runs of words.
    """
    ours, theirs = tokenise(source), tokenise(target)
    opcodes = SequenceMatcher(a=ours.words, b=theirs.words, autojunk=False).get_opcodes()

    def exchange(part: str) -> str:
        words = tokenise(part).words
        start = ours.find(words, [True] * len(ours.words)) if words else None
        if start is None:
            return part
        return _counterpart(part, start, start + len(words), opcodes, theirs)

    try:
        value = json.loads(answer)
    except ValueError:
        return _by_runs(answer, ours, exchange)
    if not isinstance(value, (dict, list)):
        return exchange(answer)
    return json.dumps(_by_strings(value, exchange), ensure_ascii=False)


def _counterpart(part: str, start: int, end: int, opcodes: _Opcodes, theirs: Tokens) -> str:
    """What stands in the other text where tokens start to end stand in this one; the part if nothing does."""
    first = next(_edge(start, op, last=False) for op in opcodes if op[1] <= start < op[2])
    last = next(_edge(end, op, last=True) for op in opcodes if op[1] < end <= op[2])
    if last <= first:
        return part
    found = theirs.span(first, last)
    return part if found.casefold() == part.casefold() else found


def _edge(place: int, op: tuple[str, int, int, int, int], *, last: bool) -> int:
    """Where an edge of a span falls: counted from the near end of a stretch of unequal length."""
    _, a, b, c, d = op
    return max(c, d - (b - place)) if last else min(d, c + place - a)


def _by_strings(value: Any, exchange: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {key: _by_strings(item, exchange) for key, item in value.items()}
    if isinstance(value, list):
        return [_by_strings(item, exchange) for item in value]
    return exchange(value) if isinstance(value, str) else value


def _by_runs(answer: str, ours: Tokens, exchange: Callable[[str], str]) -> str:
    tokens = tokenise(answer)
    pieces, written, start = [], 0, 0
    free = [True] * len(ours.words)
    while start < len(tokens.words):
        end = start
        while end < len(tokens.words) and ours.find(tokens.words[start : end + 1], free) is not None:
            end += 1
        if end > start and any(word.isalnum() for word in tokens.words[start:end]):
            pieces += [answer[written : tokens.places[start][0]], exchange(tokens.span(start, end))]
            written = tokens.places[end - 1][1]
        start = max(end, start + 1)
    return "".join([*pieces, answer[written:]])
