"""Made-up scores of arms whose true difference is known, and how often the real verdict is wrong about them."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import beta

from wrapper.evaluation.scores import ArmScores, Grade, RowScore
from wrapper.evaluation.sequential import SequentialTest
from wrapper.evaluation.verdict import decide

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """`rate` is the true mean of each cheaper arm, `effect` what the tuned arm has more.

    `scores`: `binary`, `smooth` (a beta distribution) or `field_f1` (four rows in five are 0 or 1, the rest between).
    `correlation` is that of the latent scores of two arms on a row. With `clusters` the rows come in so many groups of
    `sizes` (`equal`: 5 each; `unequal`: lognormal, 1 to about 30), half of whose latent spread is shared at
    `intra` = 0.5; then `rows` is what the sizes make it.
    """

    scores: str
    rows: int = 0
    rate: float = 0.5
    effect: float = 0.0
    correlation: float = 0.5
    arms: int = 1
    clusters: int = 0
    sizes: str = "equal"
    intra: float = 0.0

    @property
    def binary(self) -> bool:
        return self.scores == "binary"

    @property
    def label(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value not in ("", 0) or name == "effect"}


def draw(cell: Cell, random: np.random.Generator) -> tuple[Floats, list[str]]:
    """Scores of the tuned arm and the cheaper ones, one line each, and the group of each row."""
    sizes = _sizes(cell, random)
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    rows, arms = len(cluster), cell.arms + 1
    latent = np.sqrt(1 - cell.intra) * _across_arms(random, arms, rows, cell.correlation)
    if cell.clusters:
        latent += np.sqrt(cell.intra) * _across_arms(random, arms, len(sizes), cell.correlation)[:, cluster]
    shares = ndtr(latent)
    scores = np.stack(
        [_scores(cell.scores, share, cell.rate + (0 if arm else cell.effect)) for arm, share in enumerate(shares)]
    )
    return scores, [str(one) if cell.clusters else "" for one in cluster]


def _sizes(cell: Cell, random: np.random.Generator) -> NDArray[np.int64]:
    if not cell.clusters:
        return np.ones(cell.rows, dtype=np.int64)
    if cell.sizes == "equal":
        return np.full(cell.clusters, 5)
    return np.maximum(1, np.round(random.lognormal(1.2, 0.9, cell.clusters))).astype(np.int64)


def _across_arms(random: np.random.Generator, arms: int, count: int, correlation: float) -> Floats:
    own = random.standard_normal((arms, count))
    return np.sqrt(correlation) * random.standard_normal(count) + np.sqrt(1 - correlation) * own


def _scores(kind: str, shares: Floats, rate: float) -> Floats:
    if kind == "binary":
        return (shares < rate) * 1.0
    middle = 1.0 if kind == "smooth" else 0.2
    low, high = (1 - middle) * (1 - rate), (1 - middle) * (1 - rate) + middle
    between = np.clip((shares - low) / middle, 0, 1)
    levels, values = _quantiles(8.0 if kind == "smooth" else 4.0, rate)
    return np.where(shares < low, 0.0, np.where(shares > high, 1.0, np.interp(between, levels, values)))


@cache
def _quantiles(weight: float, rate: float) -> tuple[Floats, Floats]:
    levels = ndtr(np.linspace(-5, 5, 2001))
    return levels, beta.ppf(levels, weight * rate, weight * (1 - rate))


@cache
def _grade(score: float) -> Grade:
    return Grade(score=score)


def arms_of(scores: Floats, groups: list[str] | None = None) -> list[ArmScores]:
    """The tuned arm first; the rows are named by their position."""
    rows = range(scores.shape[1])
    named = groups or [""] * scores.shape[1]
    return [
        ArmScores(
            arm=f"arm {number}",
            metric="simulated",
            rows=tuple(
                RowScore(row_id=str(row), response="", grade=_grade(line[row]), group=named[row]) for row in rows
            ),
            seconds=1.0,
        )
        for number, line in enumerate(scores.tolist())
    ]


def fixed(cell: Cell, replicates: int, seed: int, resamples: int, *, blind: bool = False) -> dict[str, Any]:
    """How often `decide` is wrong, and how often its intervals hold the truth; `blind` hides the groups from it."""
    random = np.random.default_rng(seed)
    outcomes: Counter[str] = Counter()
    inside, arm_inside, widths = 0, 0, []
    for replicate in range(replicates):
        scores, groups = draw(cell, random)
        tuned, *cheaper = arms_of(scores, None if blind else groups)
        verdict = decide(tuned, cheaper, binary=cell.binary, target=1, seed=replicate, resamples=resamples)
        outcomes[verdict.outcome] += 1
        for one in verdict.comparisons:
            inside += one.low - 1e-9 <= cell.effect <= one.high + 1e-9
            widths.append(one.high - one.low)
        arm_inside += verdict.tuned_low - 1e-9 <= cell.rate + cell.effect <= verdict.tuned_high + 1e-9
    return {
        **cell.label,
        "replicates": replicates,
        "better": outcomes["better"] / replicates,
        "worse": outcomes["worse"] / replicates,
        "coverage": round(inside / replicates / cell.arms, 4),
        "mean_width": round(float(np.mean(widths)), 4),
        "arm_coverage": round(arm_inside / replicates, 4),
    }


def sequential(cell: Cell, replicates: int, seed: int, batch: int = 1, *, contrast: bool = True) -> dict[str, Any]:
    """The same of the sequential mode, over all looks, one after each `batch` rows; and the rows that it saves.

    `contrast` adds how often the verdict on all the rows would have been better or worse.
    """
    random = np.random.default_rng(seed)
    outcomes: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    inside, used = 0, []
    for replicate in range(replicates):
        scores, _ = draw(cell, random)
        held = True
        for decision in _looks(cell, scores, batch):
            held &= all(one.low - 1e-5 <= cell.effect <= one.high + 1e-5 for one in decision.arms)
        inside += held
        outcomes[decision.outcome] += 1
        used.append(decision.rows)
        if contrast:
            tuned, *cheaper = arms_of(scores)
            whole[decide(tuned, cheaper, binary=cell.binary, target=1, seed=replicate, resamples=500).outcome] += 1
    found = {
        **cell.label,
        "replicates": replicates,
        "rows_a_look": batch,
        "better": outcomes["better"] / replicates,
        "worse": outcomes["worse"] / replicates,
        "futile": outcomes["futile"] / replicates,
        "coverage_at_all_looks": round(inside / replicates, 4),
        "median_rows_used": statistics.median(used),
        "median_rows_saved": cell.rows - statistics.median(used),
        "mean_rows_saved": round(cell.rows - statistics.fmean(used), 1),
    }
    if contrast:
        found |= {"better_on_all_rows": whole["better"] / replicates, "worse_on_all_rows": whole["worse"] / replicates}
    return found


def _looks(cell: Cell, scores: Floats, batch: int) -> Iterator[Any]:
    test = SequentialTest(cell.binary, [f"arm {number + 1}" for number in range(cell.arms)], cell.rows)
    for start in range(0, cell.rows, batch):
        ours, *theirs = scores[:, start : start + batch].tolist()
        decision = test.update(
            {f"arm {number + 1}": list(zip(ours, line, strict=True)) for number, line in enumerate(theirs)}
        )
        yield decision
        if decision.stop:
            return


def grid(cell: Cell, **values: tuple[Any, ...]) -> list[Cell]:
    """A cell for every combination of the values."""
    cells = [cell]
    for name, choices in values.items():
        cells = [replace(one, **{name: choice}) for one in cells for choice in choices]
    return cells
