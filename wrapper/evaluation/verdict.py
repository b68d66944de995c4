"""The verdict gate: is the tuned arm better than every cheaper one, and what should be done next."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from wrapper.errors import BadInput, GateRefused
from wrapper.evaluation.compare import Comparison, Outcome, compare, holm, paired_scores
from wrapper.evaluation.need import Need, need
from wrapper.evaluation.scores import ArmScores
from wrapper.evaluation.sequential import ArmDecision, Decision, require_single_rows
from wrapper.evaluation.statistics import (
    FEWEST_CLUSTERS,
    LEVEL,
    RESAMPLES,
    Interval,
    clustered,
    clustered_mean_interval,
    counts,
    mean_interval,
    wilson_interval,
)

__all__ = ["Need", "Verdict", "arm_interval", "decide", "decide_sequentially", "need"]

_ROUNDING = 1e-9


class Verdict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the test rows say of the tuned arm.

    `best_cheaper` is the arm that leaves the tuned one the smallest lead; `n` (rows), `wins`, `losses`,
    `difference` (tuned minus cheaper), its 95 % interval and `p` (uncorrected) are of that comparison. `meets_target`
    goes by the point estimate. `rows_needed`: more rows that would decide an undecided verdict at the
    rates so far with a chance of 80 %; None if no number would.

    `sequential`: rows were looked at one after the other until the verdict was certain, and `rows_saved` were never
    answered; then `p` is anytime-valid and `low` to `high` a confidence sequence.
    """

    version: int = 1
    outcome: Outcome
    metric: str
    binary: bool
    n: int
    best_cheaper: str
    wins: int
    losses: int
    difference: float
    low: float
    high: float
    p: float
    rows_needed: int | None
    tuned_mean: float
    tuned_low: float
    tuned_high: float
    target: float
    meets_target: bool
    next_action: str
    method: str
    comparisons: tuple[Comparison, ...]
    sequential: bool = False
    rows_saved: int = 0

    @property
    def deciding(self) -> Comparison:
        """The comparison that the outcome hangs on: of those with that outcome, the one furthest behind."""
        return min((one for one in self.comparisons if one.outcome == self.outcome), key=lambda one: one.difference)


def decide(
    tuned: ArmScores,
    cheaper: Sequence[ArmScores],
    *,
    binary: bool,
    target: float,
    seed: int,
    resamples: int = RESAMPLES,
) -> Verdict:
    """Compare the tuned arm with each cheaper arm on the rows that both could grade, joined by row id.

    `better` only if it is better than each at p < 0.05. That is an intersection-union test: the claim
    holds only if all its parts do, so its error is at most that of one part, and no correction is needed
    (Berger, Technometrics 24 (1982) 295-300). `worse` if some cheaper arm is better than it at p < 0.05
    after Holm's correction over the arms, since any one of them would do. Else `undecided`.

    Raises GateRefused without a cheaper arm, BadInput where no row could be graded.
    """
    _require_cheaper(cheaper)
    comparisons = _corrected([compare(tuned, arm, binary=binary, seed=seed, resamples=resamples) for arm in cheaper])
    best = min(comparisons, key=lambda one: one.difference)
    outcome = _outcome(comparisons)
    interval = arm_interval(tuned, binary=binary, seed=seed, resamples=resamples)
    return _verdict(tuned, comparisons, best, outcome, interval, binary, target, _method(binary, best))


def decide_sequentially(
    tuned: ArmScores,
    cheaper: Sequence[ArmScores],
    *,
    binary: bool,
    target: float,
    seed: int,
    decision: Decision,
    resamples: int = RESAMPLES,
) -> Verdict:
    """The verdict where `SequentialTest` stopped, from its `decision`, on the rows that were looked at.

    The interval of the tuned arm's own mean is the ordinary one, which an early stop makes a little too narrow:
    the claim is about the difference. Raises BadInput where rows share a group.
    """
    _require_cheaper(cheaper)
    require_single_rows([tuned, *cheaper])
    by_name = {one.arm: one for one in decision.arms}
    comparisons = tuple(_watched(tuned, arm, by_name[arm.name]) for arm in cheaper)
    best = min(comparisons, key=lambda one: one.difference)
    outcome: Outcome = "undecided" if decision.outcome == "futile" else decision.outcome
    interval = arm_interval(tuned, binary=binary, seed=seed, resamples=resamples)
    method = "betting e-process at every look, anytime-valid p, confidence sequence"
    if binary:
        method = "sequential McNemar test (e-process at every look), anytime-valid p, confidence sequence"
    verdict = _verdict(tuned, comparisons, best, outcome, interval, binary, target, method)
    return replace(verdict, sequential=True, rows_saved=decision.rows_saved)


def _watched(tuned: ArmScores, cheaper: ArmScores, found: ArmDecision) -> Comparison:
    paired = paired_scores(tuned, cheaper)
    rows, wins, losses = counts(paired.ours, paired.theirs)
    if rows != found.rows:
        raise ValueError(f"`{cheaper.name}` was decided on {found.rows} rows, and {rows} are given")
    return Comparison(
        arm=found.arm,
        rows=rows,
        wins=wins,
        losses=losses,
        tuned_mean=sum(paired.ours) / rows,
        cheaper_mean=sum(paired.theirs) / rows,
        difference=found.difference,
        low=found.low,
        high=found.high,
        p=found.p,
        p_holm=found.p_corrected,
        outcome=found.outcome,
        rows_needed=found.rows_needed,
    )


def _require_cheaper(cheaper: Sequence[ArmScores]) -> None:
    if not cheaper:
        raise GateRefused(
            "there is nothing to hold the tuned arm against",
            gate="need",
            hint="measure a cheaper arm first: `classical` takes seconds",
        )


def _verdict(
    tuned: ArmScores,
    comparisons: tuple[Comparison, ...],
    best: Comparison,
    outcome: Outcome,
    interval: Interval,
    binary: bool,
    target: float,
    method: str,
) -> Verdict:
    mean = tuned.mean or 0.0  # never None here: the comparisons found graded rows
    meets_target = mean >= target - _ROUNDING
    rows_needed = _rows_needed(comparisons, best) if outcome == "undecided" else None
    return Verdict(
        outcome=outcome,
        metric=tuned.metric,
        binary=binary,
        n=best.rows,
        best_cheaper=best.arm,
        wins=best.wins,
        losses=best.losses,
        difference=best.difference,
        low=best.low,
        high=best.high,
        p=best.p,
        rows_needed=rows_needed,
        tuned_mean=mean,
        tuned_low=interval.low,
        tuned_high=interval.high,
        target=target,
        meets_target=meets_target,
        next_action=_next_action(outcome, best, rows_needed, target, meets_target),
        method=method,
        comparisons=comparisons,
    )


def _method(binary: bool, best: Comparison) -> str:
    if best.clusters is not None:
        interval = "Tango's score interval of the rows' effective number" if binary else "cluster-robust t interval"
        few = f"; too few to decide, it takes {FEWEST_CLUSTERS}" if best.clusters < FEWEST_CLUSTERS else ""
        return f"sign-flip and cluster-robust t test over {best.clusters} groups of rows, {interval}{few}"
    if binary:
        return "exact McNemar test, Tango's score interval"
    return "paired Bayesian bootstrap and sign-flip test, percentile interval"


def arm_interval(arm: ArmScores, *, binary: bool, seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """95 % interval of an arm's mean: Wilson's where rows are right or wrong, else the Bayesian bootstrap.

    Where rows share a group: Wilson's of the rows' effective number.
    """
    scores = [row.grade.score for row in arm.graded if row.grade.score is not None]
    if not scores:
        message = f"no row of `{arm.name}` could be graded"
        raise BadInput(message, hint="check the gold answers of the test rows")
    groups = [row.group for row in arm.graded]
    if clustered(groups):
        return clustered_mean_interval(scores, groups)
    if binary:
        return wilson_interval(sum(score == 1 for score in scores), len(scores))
    return mean_interval(scores, seed, resamples=resamples)


def _corrected(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """With `p_holm`, which `worse` goes by; `better` goes by the plain `p`."""
    corrected = holm([one.p for one in comparisons])
    return tuple(
        replace(one, p_holm=p, outcome="undecided" if one.outcome == "worse" and p >= LEVEL else one.outcome)
        for one, p in zip(comparisons, corrected, strict=True)
    )


def _outcome(comparisons: Sequence[Comparison]) -> Outcome:
    if all(one.outcome == "better" for one in comparisons):
        return "better"
    return "worse" if any(one.outcome == "worse" for one in comparisons) else "undecided"


def _rows_needed(comparisons: Sequence[Comparison], best: Comparison) -> int | None:
    """Where the tuned arm leads, the rows for the slowest comparison; else those for the best arm."""
    if best.difference <= 0:
        return best.rows_needed
    open_ones = [one.rows_needed for one in comparisons if one.outcome == "undecided"]
    known = [rows for rows in open_ones if rows is not None]
    return max(known) if len(known) == len(open_ones) else None


def _next_action(
    outcome: Outcome, best: Comparison, rows_needed: int | None, target: float, meets_target: bool
) -> str:
    if outcome == "better" and meets_target:
        return "export the tuned model, and score the export on the same rows before it is shipped"
    if outcome == "better":
        return (
            f"better than every cheaper arm, but below the target {target:g}: add training rows like the "
            "failures before paying for a larger model"
        )
    cheaper_ships = best.cheaper_mean >= target - _ROUNDING
    if outcome == "worse":
        return (
            f"ship `{best.arm}`: it reaches the target, is cheaper, and the tuned model is worse"
            if cheaper_ships
            else "do not spend on a larger model; improve data or prompt first: "
            f"the tuned model is worse than `{best.arm}`"
        )
    if cheaper_ships:
        return f"ship `{best.arm}`: it reaches the target, and the tuned model is not shown to be better"
    if rows_needed is None or best.difference <= 0:
        return (
            "do not spend on a larger model; improve data or prompt first: "
            f"the tuned model is not ahead of `{best.arm}`"
        )
    return (
        "do not spend on a larger model; improve data or prompt first, or measure on about "
        f"{rows_needed} more fresh test rows to see whether the lead over `{best.arm}` is real"
    )
