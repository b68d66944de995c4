"""Graders: how a response is held against the gold answer, one for each metric of the spec."""

from __future__ import annotations

from collections.abc import Sequence

from wrapper.errors import UsageFault
from wrapper.evaluation.graders.gate import GraderProblem, self_test
from wrapper.evaluation.graders.json_values import JsonMatch
from wrapper.evaluation.graders.label import label_match
from wrapper.evaluation.graders.number import NumberMatch
from wrapper.evaluation.graders.protocol import Grader
from wrapper.evaluation.graders.sql import SqlMatch
from wrapper.evaluation.graders.text import ExactMatch, LenientMatch

__all__ = ["Grader", "GraderProblem", "get_grader", "self_test"]

_BY_METRIC: dict[str, Grader] = {
    "exact_match": ExactMatch(),
    "exact_match_lenient": LenientMatch(),
    "number": NumberMatch(),
    "sql": SqlMatch(),
    "json_exact": JsonMatch(name="json_exact", binary=True),
    "json_fields": JsonMatch(name="json_fields", binary=False),
}


def get_grader(metric: str, *, labels: Sequence[str] = ()) -> Grader:
    """The grader of a metric; `label` needs the label set. Raises UsageFault for an unknown metric."""
    if metric == "label":
        return label_match(labels)
    if metric not in _BY_METRIC:
        raise UsageFault(f"no metric `{metric}`", hint=f"metrics are: label, {', '.join(_BY_METRIC)}")
    return _BY_METRIC[metric]
