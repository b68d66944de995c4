"""Graders: how a response is held against the gold answer, one for each metric of the spec.

This folder travels with exported tasks: it imports nothing but the standard library, the errors beside it, and,
within functions, the libraries that a metric needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wrapper.errors import UsageFault
from wrapper.evaluation.graders.accepted import best_grade, grade_accepted, with_aliases
from wrapper.evaluation.graders.constraints import KeepsConstraints
from wrapper.evaluation.graders.gate import GraderProblem, self_test
from wrapper.evaluation.graders.grade import Grade
from wrapper.evaluation.graders.json_match import JsonMatch
from wrapper.evaluation.graders.label import label_match
from wrapper.evaluation.graders.number import NumberMatch
from wrapper.evaluation.graders.options import AnswerConstraints, GraderOptions, options_of
from wrapper.evaluation.graders.protocol import AnyGrader, Grader, RowsGrader
from wrapper.evaluation.graders.schema import JsonSchemaMatch, SchemaCheck
from wrapper.evaluation.graders.search import Contains, RegexMatch
from wrapper.evaluation.graders.similarity import Chrf, RougeL
from wrapper.evaluation.graders.sql import SqlMatch
from wrapper.evaluation.graders.text import ExactMatch, LenientMatch
from wrapper.evaluation.graders.tool_call import ToolCallMatch
from wrapper.evaluation.graders.user_function import FunctionGrader

__all__ = [
    "AnswerConstraints",
    "AnyGrader",
    "Grade",
    "Grader",
    "GraderOptions",
    "GraderProblem",
    "RowsGrader",
    "best_grade",
    "get_grader",
    "grade_accepted",
    "make_grader",
    "options_of",
    "rows_grader",
    "self_test",
]


def _json(name: str, options: GraderOptions) -> Grader:
    schema = None if options.schema is None else SchemaCheck(schema=options.schema)
    return JsonMatch(name=name, binary=name == "json_exact", schema=schema)


_BY_METRIC: dict[str, Callable[[GraderOptions], Grader]] = {
    "exact_match": lambda _: ExactMatch(),
    "exact_match_lenient": lambda _: LenientMatch(),
    "contains": lambda _: Contains(),
    "regex": lambda options: RegexMatch(pattern=_needed("regex", "pattern", options.pattern)),
    "number": lambda options: NumberMatch(tolerance=options.tolerance),
    "sql": lambda _: SqlMatch(),
    "json_exact": lambda options: _json("json_exact", options),
    "json_fields": lambda options: _json("json_fields", options),
    "json_schema": lambda options: JsonSchemaMatch(
        check=SchemaCheck(schema=_needed("json_schema", "schema", options.schema))
    ),
    "tool_call": lambda _: ToolCallMatch(),
    "rouge_l": lambda _: RougeL(),
    "chrf": lambda _: Chrf(),
    "constraints": lambda options: KeepsConstraints(
        constraints=_needed("constraints", "constraints", options.constraints)
    ),
}


def get_grader(metric: str, *, labels: Sequence[str] = (), options: GraderOptions | None = None) -> Grader:
    """The grader of a metric that looks at response and gold answer alone; `label` needs the label set.

    Raises UsageFault for another metric, and where the metric needs an option that is not given.
    """
    options = options or GraderOptions()
    if metric == "label":
        return label_match(labels, options.aliases)
    if metric not in _BY_METRIC:
        raise UsageFault(f"no metric `{metric}`", hint=f"metrics are: label, {', '.join(_BY_METRIC)}")
    return with_aliases(_BY_METRIC[metric](options), options.aliases)


def rows_grader(metric: str, *, options: GraderOptions) -> RowsGrader:
    """The grader of the metric `function`; that of `judge` asks a model, and is made where that is allowed."""
    if metric != "function":
        raise UsageFault(f"no metric `{metric}` that grades whole rows", hint="use `get_grader`")
    function = _needed("function", "function", options.function)
    return with_aliases(FunctionGrader(function=function), options.aliases)


def make_grader(setting: Mapping[str, Any]) -> Grader:
    """The grader of `{"metric": ..., "labels": [...], "options": {...}}`, as exported tasks hold it."""
    options = options_of(setting.get("options") or {})
    return get_grader(setting["metric"], labels=setting.get("labels") or (), options=options)


def _needed(metric: str, key: str, value: Any) -> Any:
    if value is None:
        raise UsageFault(f"the metric `{metric}` needs `task.grading.{key}`", hint="give it in the spec")
    return value
