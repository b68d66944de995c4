"""Which training rows stand beside a test row in the prompt: the nearest ones, or a fixed few."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from wrapper.data.rows import Row
from wrapper.evaluation.bm25 import nearest


def nearest_rows(train: Sequence[Row], queries: Sequence[str], k: int) -> list[list[int]]:
    """Indices of the k training rows whose inputs are nearest by BM25, nearest first, for each query.

    Fewer than k where there are fewer rows. Equal scores, as for an empty query, go by index.
    """
    return nearest([row.input_text for row in train], queries, k)


def few_shot_rows(train: Sequence[Row], k: int, seed: int, kind: str) -> list[int]:
    """Indices of k fixed examples, drawn by seed; for a classification spread over the labels.

    Elsewhere rows with an answer that is already among the examples are taken last.
    """
    random = Random(seed)
    order = random.sample(range(len(train)), len(train))
    groups: dict[str, list[int]] = {}
    for index in order:
        groups.setdefault(train[index].answer, []).append(index)
    if kind == "classification":  # a frequent label must not come first more often than a rare one
        answers = random.sample(sorted(groups), len(groups))
        groups = {answer: groups[answer] for answer in answers}
    rounds = max((len(group) for group in groups.values()), default=0)
    spread = [group[turn] for turn in range(rounds) for group in groups.values() if turn < len(group)]
    return spread[:k]
