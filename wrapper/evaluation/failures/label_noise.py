"""Training rows whose label the other rows speak against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from wrapper.data.rows import Row
from wrapper.evaluation.classical.features import tfidf

_FOLDS = 5
_LEAST_OF_A_LABEL = 5  # a label with fewer rows is not learnt well enough to speak against any
# 12 intents of banking77, 30 % of their labels changed, 360 and 1,500 rows: it names 72 and 79 % of the changed ones,
# and 76 and 86 % of what it names were changed; of unchanged rows it names 1 %
_STRENGTH = 3.0
_MOST_ROWS = 20_000


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """A training row, the label that it has, the one that rows like it have, and how sure that is (0 to 1)."""

    row: Row
    label: str
    likely: str
    confidence: float


def suspect_labels(train: Sequence[Row], seed: int) -> list[Suspect]:
    """The surest first; nothing where the answers are no labels, or too few.

    Confident learning (Northcutt, Jiang, Chuang, JAIR 70 (2021) 1373-1411): each row is judged by a classifier that
    did not see it, and a label speaks against the given one where its probability reaches what it has on average in
    rows that carry it.
    """
    rows = [row for row, enough in zip(train, _enough(train), strict=True) if enough][:_MOST_ROWS]
    labels = [row.answer.strip() for row in rows]
    if len(set(labels)) < 2 or len(set(labels)) > len(rows) // _FOLDS:
        return []
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(tfidf(), LogisticRegression(C=_STRENGTH, max_iter=200, tol=1e-3, random_state=seed))
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    chances = cross_val_predict(model, [row.input_text for row in rows], labels, cv=folds, method="predict_proba")
    names = sorted(set(labels))
    given = np.array([names.index(label) for label in labels])
    usual = np.array([chances[given == number, number].mean() for number in range(len(names))])
    reaching = np.where(chances >= usual, chances, 0.0)
    likely = reaching.argmax(axis=1)
    found = [
        Suspect(row=row, label=label, likely=names[other], confidence=float(chance[other] - chance[own]))
        for row, label, own, other, chance in zip(rows, labels, given, likely, chances, strict=True)
        if other != own and chance[other] >= usual[other] and chance[other] > chance[own]
    ]
    return sorted(found, key=lambda suspect: -suspect.confidence)


def _enough(train: Sequence[Row]) -> list[bool]:
    counts = Counter(row.answer.strip() for row in train)
    return [counts[row.answer.strip()] >= _LEAST_OF_A_LABEL for row in train]
