"""Which wording of the instructions the untuned arms use: the best on validation rows, never on test rows."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from msgspec import Struct

from wrapper.data.rows import Row
from wrapper.evaluation.measure import GENERATED, LIKELIHOOD
from wrapper.evaluation.prompts import Candidate, choose, prompt_candidates, with_candidate
from wrapper.pipeline.measurement import Session

_ROWS = 40  # a choice between a few wordings is worth no more of the device


class PromptChoice(Struct, frozen=True, kw_only=True):
    """The wording that was chosen, and the mean score of each on so many validation rows."""

    chosen: str
    system_prompt: str
    user_prefix: str
    rows: int
    scores: dict[str, float | None]


def choose_prompt(session: Session, others: Sequence[str]) -> PromptChoice:
    """Measure each candidate on validation rows, and have the session use the best.

    Labels are scored by likelihood, which needs no form. Without validation rows the wording stays as given.
    """
    arms = session.arms
    rows = _sample(arms.prepared.validation, arms.prompts.seed)
    candidates = prompt_candidates(
        arms.prompts.trained_prompt,
        kind=arms.prompts.kind,
        labels=arms.labels,
        train_answers=[row.answer for row in arms.prepared.train],
        others=others,
    )
    scores: dict[str, list[float | None]] = {candidate.name: [] for candidate in candidates}
    if rows and len(candidates) > 1:
        scoring = LIKELIHOOD if arms.labels else GENERATED
        for candidate in candidates:
            prompts = [with_candidate(row, candidate) for row in rows]
            found = session.ask(f"prompt_{candidate.name}", rows, prompts, scorings=(scoring,)).scores[0]
            scores[candidate.name] = [row.grade.score for row in found.rows]
    chosen = choose(candidates, scores)
    means = {name: _mean(values) for name, values in scores.items()}
    session.use_prompt(chosen)
    if len(candidates) > 1 and rows:
        told = ", ".join(f"{name} {'-' if mean is None else f'{mean:.3f}'}" for name, mean in means.items())
        session.run.reporter.step("prompt", f"{chosen.name} of {told} ({len(rows)} validation rows)")
    return PromptChoice(
        chosen=chosen.name,
        system_prompt=chosen.system_prompt,
        user_prefix=chosen.user_prefix,
        rows=len(rows),
        scores=means,
    )


def _sample(rows: Sequence[Row], seed: int) -> list[Row]:
    return Random(seed).sample(list(rows), min(_ROWS, len(rows)))


def _mean(scores: Sequence[float | None]) -> float | None:
    known = [score for score in scores if score is not None]
    return sum(known) / len(known) if known else None


__all__ = ["Candidate", "PromptChoice", "choose_prompt"]
