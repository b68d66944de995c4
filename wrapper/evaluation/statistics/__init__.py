"""Exact tests, intervals and sample sizes for scores that are paired row by row."""

from __future__ import annotations

from wrapper.evaluation.statistics.clusters import (
    FEWEST_CLUSTERS,
    cluster_sizes,
    clustered,
    clustered_difference,
    clustered_mean_interval,
    count_clusters,
    spread,
)
from wrapper.evaluation.statistics.detectable import detectable_text
from wrapper.evaluation.statistics.intervals import (
    LEVEL,
    Interval,
    mcnemar_exact,
    paired_difference_interval,
    wilson_interval,
)
from wrapper.evaluation.statistics.noninferiority import NonInferiority, Retention, noninferiority
from wrapper.evaluation.statistics.paired import counts, paired_difference
from wrapper.evaluation.statistics.power import (
    could_any_run_win,
    design_effect,
    mcnemar_power,
    minimum_detectable_difference,
    minimum_detectable_graded,
    rows_to_decide,
    rows_to_decide_graded,
    smallest_wins,
)
from wrapper.evaluation.statistics.resampling import RESAMPLES, Difference, mean_interval, paired_bootstrap
from wrapper.evaluation.statistics.sequential import EProcess, e_value

__all__ = [
    "FEWEST_CLUSTERS",
    "LEVEL",
    "RESAMPLES",
    "Difference",
    "EProcess",
    "Interval",
    "NonInferiority",
    "Retention",
    "cluster_sizes",
    "clustered",
    "clustered_difference",
    "clustered_mean_interval",
    "could_any_run_win",
    "count_clusters",
    "counts",
    "design_effect",
    "detectable_text",
    "e_value",
    "mcnemar_exact",
    "mcnemar_power",
    "mean_interval",
    "minimum_detectable_difference",
    "minimum_detectable_graded",
    "noninferiority",
    "paired_bootstrap",
    "paired_difference",
    "paired_difference_interval",
    "rows_to_decide",
    "rows_to_decide_graded",
    "smallest_wins",
    "spread",
    "wilson_interval",
]
