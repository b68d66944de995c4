"""Exact tests, intervals and sample sizes for scores that are paired row by row."""

from __future__ import annotations

from wrapper.evaluation.statistics.intervals import (
    LEVEL,
    Interval,
    mcnemar_exact,
    paired_difference_interval,
    wilson_interval,
)
from wrapper.evaluation.statistics.power import (
    could_any_run_win,
    mcnemar_power,
    minimum_detectable_difference,
    rows_to_decide,
    rows_to_decide_graded,
    smallest_wins,
)
from wrapper.evaluation.statistics.resampling import Difference, mean_interval, paired_bootstrap

__all__ = [
    "LEVEL",
    "Difference",
    "Interval",
    "could_any_run_win",
    "mcnemar_exact",
    "mcnemar_power",
    "mean_interval",
    "minimum_detectable_difference",
    "paired_bootstrap",
    "paired_difference_interval",
    "rows_to_decide",
    "rows_to_decide_graded",
    "smallest_wins",
    "wilson_interval",
]
