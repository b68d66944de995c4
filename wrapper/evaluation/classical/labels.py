"""Labels by TF-IDF and logistic regression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wrapper.data.rows import Row
from wrapper.evaluation.classical.features import Predictor, tfidf

NAME = "TF-IDF with logistic regression"
_STRENGTHS = (1.0, 10.0, 100.0)  # C: the larger, the less the weights are held down
_ENOUGH_VALIDATION = 50
_LARGE = 50_000  # rows times labels; past it one strength is fitted instead of a search
_FOLDS = 3


def fit(train: Sequence[Row], validation: Sequence[Row], seed: int) -> Predictor | None:
    """None where there are fewer than two labels. C by validation rows, or by folds where they are few."""
    labels = [row.answer for row in train]
    if len(set(labels)) < 2:
        return None
    vectors = tfidf()
    known = vectors.fit_transform([row.input_text for row in train])
    held_out = (
        (vectors.transform([row.input_text for row in validation]), [row.answer for row in validation])
        if len(validation) >= _ENOUGH_VALIDATION
        else None
    )
    model = _strongest(known, labels, held_out, seed)

    def predict(inputs: Sequence[str]) -> list[str]:
        return [str(label) for label in model.predict(vectors.transform(inputs))]

    return predict


def _model(strength: float, seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, max_iter=200, tol=1e-3, random_state=seed)


def _strongest(known: Any, labels: list[str], held_out: tuple[Any, list[str]] | None, seed: int) -> Any:
    from sklearn.model_selection import KFold, cross_val_score

    if len(labels) * len(set(labels)) > _LARGE:
        return _model(_STRENGTHS[1], seed).fit(known, labels)
    scores: dict[float, float] = {}
    fitted = {}
    for strength in _STRENGTHS:
        model = _model(strength, seed)
        if held_out:
            fitted[strength] = model.fit(known, labels)
            scores[strength] = model.score(*held_out)
        elif len(labels) >= 2 * _FOLDS:
            folds = KFold(_FOLDS, shuffle=True, random_state=seed)
            scores[strength] = float(cross_val_score(model, known, labels, cv=folds, error_score=0.0).mean())
    best = max(scores, key=scores.__getitem__) if scores else _STRENGTHS[1]
    return fitted.get(best) or _model(best, seed).fit(known, labels)
