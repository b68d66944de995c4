"""Other measures of the same answers beside the mean score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct

from wrapper.evaluation.graders.label import label_key
from wrapper.evaluation.scores import Grade, RowScore

NO_LABEL = ""  # what is given where an answer names no label, or several


class Confusions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which label was given for which.

    `matrix[i][j]` counts the rows of the gold label `labels[i]` that were given `labels[j]`; its last column
    counts answers that name no label or several. `pairs` are (gold, given, rows) of the wrong answers, the most
    frequent first; given is empty for that last column.
    """

    labels: tuple[str, ...]
    matrix: tuple[tuple[int, ...], ...]
    pairs: tuple[tuple[str, str, int], ...]


def aggregates(metric: str, rows: Sequence[tuple[str, RowScore]]) -> dict[str, float]:
    """By name, all of them shares from 0 to 1; `rows` are gold answers and scores.

    Rows without a score count in `ungradable` only.
    """
    if not rows:
        return {}
    graded = [(gold, row.grade) for gold, row in rows if row.grade.score is not None]
    found: dict[str, float] = {}
    if graded and metric == "label":
        found = _of_labels(_given(graded))
    elif graded and metric in ("json_exact", "json_fields"):
        found = _of_fields([grade for _, grade in graded])
    elif graded and metric == "json_schema":
        found = {"valid": _mean(grade.counts.get("valid", 0) for _, grade in graded)}
    elif graded and metric == "tool_call":
        found = {
            "name_accuracy": _mean(grade.parts.get("name") == 1 for _, grade in graded),
            "argument_accuracy": _mean(grade.parts.get("arguments") == 1 for _, grade in graded),
        }
    elif graded and metric == "constraints":
        names = dict.fromkeys(name for _, grade in graded for name in grade.parts)
        found = {name: _mean(grade.parts.get(name, 0.0) for _, grade in graded) for name in names}
    return {**found, "ungradable": 1 - len(graded) / len(rows)}


def confusions(rows: Sequence[tuple[str, RowScore]]) -> Confusions:
    """Of the metric `label`; `rows` are gold answers and scores, those without a score are left out."""
    pairs = Counter(_given([(gold, row.grade) for gold, row in rows if row.grade.score is not None]))
    labels = sorted({label for pair in pairs for label in pair} - {NO_LABEL})
    matrix = (tuple(pairs[gold, given] for given in (*labels, NO_LABEL)) for gold in labels)
    wrong = [(gold, given, count) for (gold, given), count in pairs.items() if gold != given]
    return Confusions(
        labels=tuple(labels),
        matrix=tuple(matrix),
        pairs=tuple(sorted(wrong, key=lambda pair: (-pair[2], pair[0], pair[1]))),
    )


def _given(graded: Iterable[tuple[str, Grade]]) -> list[tuple[str, str]]:
    """Gold and given label of each row in one spelling; an answer that is right by an alias has given the gold one."""
    rows = list(graded)
    single = [(gold, grade, grade.answer if grade.counts.get("named") == 1 else NO_LABEL) for gold, grade in rows]
    spelling = {label_key(gold): gold.strip() for gold, _ in rows}
    spelling |= {label_key(answer): answer for _, _, answer in single if answer}
    return [
        (spelling[label_key(gold)], spelling[label_key(gold if grade.score == 1 else answer)] if answer else NO_LABEL)
        for gold, grade, answer in single
    ]


def _of_labels(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """F1 is averaged over the labels that stand in the gold answers or were given.

    An answer without a single label is a miss of its gold label, and no class of its own to average over.
    """
    golds, given = Counter(gold for gold, _ in pairs), Counter(given for _, given in pairs)
    right = Counter(gold for gold, given in pairs if gold == given)
    labels = (golds.keys() | given.keys()) - {NO_LABEL}
    f1 = {label: 2 * right[label] / (golds[label] + given[label]) for label in labels}
    return {
        "accuracy": right.total() / len(pairs),
        "macro_f1": sum(f1.values()) / len(f1),
        "weighted_f1": sum(f1[label] * count for label, count in golds.items()) / len(pairs),
    }


def _of_fields(grades: Sequence[Grade]) -> dict[str, float]:
    """Over the fields of all rows together (micro); of what was not there to be found, all was found."""
    right, given, gold = (sum(grade.counts.get(name, 0) for grade in grades) for name in ("right", "given", "gold"))
    return {
        "field_precision": right / given if given else float(not gold),
        "field_recall": right / gold if gold else 1.0,
        "field_f1": 2 * right / (given + gold) if given + gold else 1.0,
        "valid": _mean(grade.counts.get("valid", 0) for grade in grades),
    }


def _mean(values: Iterable[float]) -> float:
    known = list(values)
    return sum(known) / len(known)
