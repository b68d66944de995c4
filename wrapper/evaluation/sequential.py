"""The verdict watched while rows are still being answered, so that answering stops once it is certain."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from math import log
from typing import Literal

from msgspec import Struct

from wrapper.errors import BadInput
from wrapper.evaluation.compare import Outcome
from wrapper.evaluation.scores import ArmScores
from wrapper.evaluation.statistics import LEVEL, EProcess, clustered, e_value

Stage = Literal["better", "worse", "undecided", "futile"]


class ArmDecision(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tuned arm against one cheaper arm so far, on the rows that both could grade.

    `e` is the largest e-value of the two-sided question at any look; 20 decides, and `p` is 1 / e, at most 1.
    `p_corrected`, times the number of cheaper arms, decides `worse`. `low` and `high` are the ends of the
    confidence sequence for the difference: it holds the true one at all looks together with a chance of 95 %.
    `rows_needed`, known where it ends undecided, is how many more rows would decide it at the rates so far.
    """

    arm: str
    rows: int
    difference: float
    low: float
    high: float
    e: float
    p: float
    p_corrected: float
    outcome: Outcome
    rows_needed: int | None


class Decision(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`futile`: even rows that all went one way could no longer decide. `rows` were looked at of `total_rows`."""

    outcome: Stage
    rows: int
    total_rows: int
    arms: tuple[ArmDecision, ...]

    @property
    def stop(self) -> bool:
        return self.outcome != "undecided" or self.rows >= self.total_rows

    @property
    def rows_saved(self) -> int:
        return max(0, self.total_rows - self.rows)


def look_order(rows: int, seed: int) -> list[int]:
    """The positions of all rows in a random order: only so are the first ones a sample of all."""
    order = list(range(rows))
    random.Random(seed).shuffle(order)
    return order


class SequentialTest:
    """Tuned against each cheaper arm, looked at as often as one likes; at most 5 % are wrong over all looks.

    `better` is claimed once every arm was shown to be beaten, at this look or an earlier one: an
    intersection-union test, which needs no correction. `worse` is claimed once any arm is shown to be ahead, at a
    level divided by the number of arms (Bonferroni: Holm's later steps never come, since the first stops). Each
    direction of each arm has half the level of 5 %. What is inferred is the population the test rows were drawn
    from, as with all of a verdict. Rows that share a group are refused: `require_single_rows`.
    """

    def __init__(self, binary: bool, arms: Sequence[str], total_rows: int) -> None:
        if not arms:
            raise ValueError("there is nothing to hold the tuned arm against")
        self._binary = binary
        self._total_rows = total_rows
        self._looked = 0
        self._processes = {arm: EProcess() for arm in arms}

    def update(self, scores: Mapping[str, Sequence[tuple[float, float]]], looked: int | None = None) -> Decision:
        """Take in the pairs (tuned, cheaper) of new rows for each arm, and decide.

        `looked` counts the new rows, where some could not be graded and are left out of the pairs; without it
        the most pairs of an arm count.
        """
        if scores.keys() != self._processes.keys():
            raise ValueError(f"pairs of {sorted(self._processes)} are expected, of {sorted(scores)} were given")
        for arm, pairs in scores.items():
            if self._binary and any(score not in (0, 1) for pair in pairs for score in pair):
                raise ValueError("scores of rows that are right or wrong are 0 or 1")
            self._processes[arm].look([ours - theirs for ours, theirs in pairs])
        self._looked += max(len(pairs) for pairs in scores.values()) if looked is None else looked
        return self._decision()

    def _decision(self) -> Decision:
        outcomes = {name: self._outcome(process) for name, process in self._processes.items()}
        outcome: Stage = "undecided"
        if "worse" in outcomes.values():
            outcome = "worse"
        elif all(found == "better" for found in outcomes.values()):
            outcome = "better"
        elif self._futile():
            outcome = "futile"
        last = outcome == "futile" or self._looked >= self._total_rows
        arms = tuple(self._arm(name, found, last) for name, found in outcomes.items())
        return Decision(outcome=outcome, rows=self._looked, total_rows=self._total_rows, arms=arms)

    def _outcome(self, process: EProcess) -> Outcome:
        if process.log_below >= self._needed_below:
            return "worse"
        return "better" if process.log_above >= _NEEDED else "undecided"

    def _arm(self, name: str, outcome: Outcome, last: bool) -> ArmDecision:
        process = self._processes[name]
        e = e_value(process.log_below if outcome == "worse" else max(process.log_above, process.log_below))
        low, high = process.interval()
        p = min(1.0, 1 / e)
        return ArmDecision(
            arm=name,
            rows=process.rows,
            difference=process.mean,
            low=low,
            high=high,
            e=e,
            p=p,
            p_corrected=min(1.0, p * len(self._processes)),
            outcome=outcome,
            rows_needed=process.rows_to_decide() if last and outcome == "undecided" else None,
        )

    @property
    def _needed_below(self) -> float:
        return _NEEDED + log(len(self._processes))

    def _futile(self) -> bool:
        left = max(0, self._total_rows - self._looked)
        processes = self._processes.values()
        better = all(process.best_case(1, left) >= _NEEDED for process in processes)
        worse = any(process.best_case(-1, left) >= self._needed_below for process in processes)
        return left > 0 and not better and not worse


_NEEDED = log(2 / LEVEL)


def require_single_rows(arms: Sequence[ArmScores]) -> None:
    """Raises BadInput where rows share a group.

    Rows in a random order are independent draws only if none share a group; whole groups in a random order would
    have to be bet on as one number each, scaled by the largest group, which takes about all rows to decide.
    """
    groups = {row.row_id: row.group for arm in arms for row in arm.rows if row.group}
    if clustered(list(groups.values())):
        raise BadInput(
            "rows that share a group cannot be looked at one after the other",
            hint="measure all test rows: the verdict on all of them takes the groups into account",
        )
