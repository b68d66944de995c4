"""Extraction by a token tagger: BIO tags by logistic regression over a window of tokens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wrapper.data.rows import Row
from wrapper.evaluation.classical.features import Predictor, Tokens, tokenise
from wrapper.evaluation.classical.spans import AnswerForm, Example, Path, aligned, learn_form

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAME = "token tagger"
_OUTSIDE = "O"
_WINDOW = 3
_STRENGTH = 10.0  # C of the logistic regression
_MOST_TOKENS = 150_000  # so that fitting takes seconds, not minutes


def fit(train: Sequence[Row], seed: int) -> Predictor | None:
    """None where no answer is a JSON object with values that stand in its input."""
    rows = aligned(train)
    if not any(example.spans for _, _, example in rows):
        return None
    form = learn_form(rows)
    order = {path: number for number, path in enumerate(form.order)}
    examples = _capped([example for _, _, example in rows])
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    vectors = CountVectorizer(analyzer=_as_they_are, binary=True)
    known = vectors.fit_transform([token for example in examples for token in _features(example.tokens)])
    tags = [tag for example in examples for tag in _tags(example, order)]
    model = LogisticRegression(C=_STRENGTH, max_iter=100, tol=1e-3, random_state=seed).fit(known, tags)

    def predict(inputs: Sequence[str]) -> list[str]:
        return [_answer(tokenise(text), vectors, model, form) for text in inputs]

    return predict


def _as_they_are(features: list[str]) -> list[str]:
    return features


def _capped(examples: list[Example]) -> list[Example]:
    kept: list[Example] = []
    tokens = 0
    for example in examples:
        tokens += len(example.tokens.words)
        if kept and tokens > _MOST_TOKENS:
            break
        kept.append(example)
    return kept


def _tags(example: Example, order: dict[Path, int]) -> list[str]:
    tags = [_OUTSIDE] * len(example.tokens.words)
    for path, start, end in example.spans:
        tags[start:end] = [f"B{order[path]}", *[f"I{order[path]}"] * (end - start - 1)]
    return tags


def _shape(written: str) -> str:
    if written.isdigit():
        return "9" * len(written)
    if not written.isalpha():
        return written
    return "X" if written.isupper() else "Xx" if written[0].isupper() else "x"


def _features(tokens: Tokens) -> list[list[str]]:
    """Words and shapes around each token, its beginning and end, and pairs with its neighbours."""
    edge = [""] * _WINDOW
    words = [*edge, *tokens.words, *edge]
    shapes = [*edge, *(_shape(tokens.text[a:b]) for a, b in tokens.places), *edge]
    found = []
    for at in range(_WINDOW, len(words) - _WINDOW):
        around = range(-_WINDOW, _WINDOW + 1)
        word, before, after = words[at], words[at - 1], words[at + 1]
        found.append(
            [
                *(f"w{step}={words[at + step]}" for step in around),
                *(f"s{step}={shapes[at + step]}" for step in (-2, -1, 0, 1, 2)),
                *(f"p{size}={word[:size]}" for size in (2, 3)),
                *(f"e{size}={word[-size:]}" for size in (2, 3)),
                f"before={before} {word}",
                f"after={word} {after}",
                f"left={words[at - 2]} {before}",
                f"right={after} {words[at + 2]}",
                f"shapes={shapes[at - 1]} {shapes[at]} {shapes[at + 1]}",
            ]
        )
    return found


def _answer(tokens: Tokens, vectors: Any, model: Any, form: AnswerForm) -> str:
    found: dict[Path, list[str]] = defaultdict(list)
    if tokens.words:
        log_probabilities = model.predict_log_proba(vectors.transform(_features(tokens)))
        tags = _best_tags([str(tag) for tag in model.classes_], log_probabilities)
        for tag, start, end in _spans(tags):
            found[form.order[int(tag)]].append(tokens.span(start, end))
    return form.compose(found)


def _best_tags(classes: list[str], log_probabilities: NDArray[np.float64]) -> list[str]:
    """The likeliest sequence in which a span goes on only where it began (Viterbi)."""
    import numpy as np

    allowed = np.array(
        [[not new.startswith("I") or old[1:] == new[1:] for new in classes] for old in classes]
    )
    first = np.array([not tag.startswith("I") for tag in classes])
    penalty = np.where(allowed, 0.0, -np.inf)
    score = np.where(first, log_probabilities[0], -np.inf)
    back = []
    for step in log_probabilities[1:]:
        paths = score[:, None] + penalty
        back.append(paths.argmax(axis=0))
        score = paths.max(axis=0) + step
    best = [int(score.argmax())]
    for pointers in reversed(back):
        best.append(int(pointers[best[-1]]))
    return [classes[tag] for tag in reversed(best)]


def _spans(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """(path number, first token, token after the last) of each span."""
    starts = [place for place, tag in enumerate(tags) if tag.startswith("B")]
    spans = []
    for start in starts:
        end = start + 1
        while end < len(tags) and tags[end] == f"I{tags[start][1:]}":
            end += 1
        spans.append((tags[start][1:], start, end))
    return spans
