"""A plan: every number that training needs, what it should cost, why, and what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from wrapper.backends.protocol import TrainingNumbers

Basis = Literal["measured", "extrapolated"]


@dataclass(frozen=True, kw_only=True)
class Range:
    """A prediction: low, likely, high."""

    low: float
    likely: float
    high: float


def sum_of(ranges: Sequence[Range]) -> Range:
    """Each end by itself, as if all were off the same way."""
    return Range(
        low=sum(one.low for one in ranges),
        likely=sum(one.likely for one in ranges),
        high=sum(one.high for one in ranges),
    )


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a training run should take. `basis` says how time and price are known, `basis_detail` from what.

    `tokens` of rows are what the seconds stand for, those of evaluations by half.
    `memory_gib` is what the program allocates and its runtime holds; `memory_basis` says how that is known.
    """

    memory_gib: Range
    seconds: Range
    usd: Range
    tokens: float
    basis: Basis
    basis_detail: str
    memory_basis: Basis
    memory_detail: str


@dataclass(frozen=True, kw_only=True)
class Plan(TrainingNumbers):
    """All decisions; `reasons` holds one for each, `objections` what the fit gate has to say."""

    model_name: str
    backend: str
    epochs: float
    estimate: Estimate
    reasons: Mapping[str, str]
    objections: tuple[str, ...]
