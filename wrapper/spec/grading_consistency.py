"""Faults between the metric and its options, as far as they can be seen without opening a file."""

from __future__ import annotations

from collections.abc import Iterator

from wrapper.spec.conflict import Conflict
from wrapper.spec.fields import Metric, Spec
from wrapper.spec.grading_fields import Constraints

# metrics that use an option of `task.grading`; those that cannot do without it
_USED_BY: dict[str, tuple[Metric, ...]] = {
    "tolerance": ("number",),
    "pattern": ("regex",),
    "schema": ("json_schema", "json_exact", "json_fields"),
    "constraints": ("constraints",),
    "function": ("function",),
    "judge": ("judge",),
}
_NEEDED_BY: dict[str, Metric] = {
    "pattern": "regex",
    "schema": "json_schema",
    "constraints": "constraints",
    "function": "function",
    "judge": "judge",
}
_WITHOUT_ALIASES: tuple[Metric, ...] = ("json_schema", "constraints", "judge")


def grading_conflicts(spec: Spec) -> Iterator[Conflict]:
    """In the order of the keys of `task.grading`."""
    yield from _aliases(spec)
    grading, metric = spec.task.grading, spec.task.metric
    for option, users in _USED_BY.items():
        key = ("task", "grading", option)
        given = getattr(grading, option) is not None
        if given and metric not in users:
            yield Conflict(
                keys=(key, ("task", "metric")),
                message=f"`{option}` is not used by the metric `{metric}`",
                suggestion=f"remove it, or use `metric: {users[0]}`",
            )
        elif not given and _NEEDED_BY.get(option) == metric:
            yield Conflict(
                keys=(("task", "metric"), key),
                message=f"the metric `{metric}` needs `task.grading.{option}`",
                suggestion=f"give `{option}` under `task.grading`, or choose another metric",
            )
    if grading.pattern is not None and metric == "regex":
        yield from _pattern(("task", "grading", "pattern"), grading.pattern)
    if grading.constraints is not None and metric == "constraints":
        yield from _constraints(grading.constraints)


def _aliases(spec: Spec) -> Iterator[Conflict]:
    """A judge would be paid for each alias; the others do not look at the gold answer."""
    metric = spec.task.metric
    for given, key in (
        (bool(spec.task.grading.aliases), ("task", "grading", "aliases")),
        (spec.data.aliases is not None, ("data", "aliases")),
    ):
        if given and metric in _WITHOUT_ALIASES:
            yield Conflict(
                keys=(key, ("task", "metric")),
                message=f"`aliases` are not used by the metric `{metric}`",
                suggestion="remove them, or choose a metric that compares with the gold answer",
            )


def pattern_problem(pattern: str) -> str:
    """What is wrong with a regular expression of a user; empty where nothing is."""
    import regex

    try:
        compiled = regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError) as failure:
        return f"is no regular expression: {failure}"
    return f"has {compiled.groups} groups: which is the answer?" if compiled.groups > 1 else ""


def _pattern(key: tuple[str, ...], pattern: str, *, groups: bool = True) -> Iterator[Conflict]:
    problem = pattern_problem(pattern)
    if problem and (groups or problem.startswith("is no")):
        yield Conflict(
            keys=(key,),
            message=f"`{key[-1]}` {problem}",
            suggestion="make the others `(?:...)`" if "groups" in problem else "quote it in single quotes in YAML",
        )


def _constraints(asked: Constraints) -> Iterator[Conflict]:
    key = ("task", "grading", "constraints")
    if asked == Constraints():
        yield Conflict(keys=(key,), message="`constraints` is empty", suggestion="give one, such as `max_words: 50`")
    if asked.min_words is not None and asked.max_words is not None and asked.min_words > asked.max_words:
        yield Conflict(
            keys=((*key, "min_words"), (*key, "max_words")),
            message=f"no answer has {asked.min_words} words or more and at most {asked.max_words}",
            suggestion="lower `min_words` or raise `max_words`",
        )
    both = [f"`{text}`" for text in asked.include if text in asked.exclude]
    if both:
        yield Conflict(
            keys=((*key, "include"), (*key, "exclude")),
            message=f"both asked for and forbidden: {', '.join(both)}",
            suggestion="remove it from one of them",
        )
    if asked.matches is not None:
        yield from _pattern((*key, "matches"), asked.matches, groups=False)
