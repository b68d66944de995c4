"""Faults between the keys that say what is measured: arms and what they need, and what can be left over."""

from __future__ import annotations

from collections.abc import Iterator

from wrapper.spec.conflict import Conflict, repeated_words
from wrapper.spec.fields import TUNED_ARMS, Spec


def evaluation_conflicts(spec: Spec) -> Iterator[Conflict]:
    """In the order of the table's keys."""
    yield from _arms(spec)
    yield from _needs(spec)
    yield from _regression(spec)
    yield from _sequential(spec)


def _arms(spec: Spec) -> Iterator[Conflict]:
    arms = spec.evaluation.arms
    repeated = repeated_words(arms)
    if repeated:
        yield Conflict(
            keys=(("evaluation", "arms"),), message=f"arms given twice: {repeated}", suggestion="give each once"
        )
    if set(arms) <= set(TUNED_ARMS):
        yield Conflict(
            keys=(("evaluation", "arms"),),
            message=f"`{arms[0]}` alone has nothing to be better than: no training before a baseline",
            suggestion="add a cheaper arm, such as `classical` or `few_shot`",
        )
    elif "tuned_retrieval" in arms and "tuned" not in arms:
        yield Conflict(
            keys=(("evaluation", "arms"),),
            message="`tuned_retrieval` is held beside `tuned`, which is not measured",
            suggestion="add `tuned` to the arms",
        )


def _needs(spec: Spec) -> Iterator[Conflict]:
    arms, evaluation = spec.evaluation.arms, spec.evaluation
    if "rag" in arms and evaluation.documents is None:
        yield Conflict(
            keys=(("evaluation", "arms"), ("evaluation", "documents")),
            message="the arm `rag` has no documents",
            suggestion="name a folder with .txt or .md files as `evaluation.documents`, or leave the arm out",
        )
    if "hosted" in arms and evaluation.hosted is None:
        yield Conflict(
            keys=(("evaluation", "arms"), ("evaluation", "hosted")),
            message="the arm `hosted` has no model",
            suggestion="give `evaluation.hosted` its `base_url`, `model` and prices, or leave the arm out",
        )
    if evaluation.hosted is not None and "hosted" not in arms:
        yield Conflict(
            keys=(("evaluation", "hosted"), ("evaluation", "arms")),
            message="`hosted` is described and not measured",
            suggestion="add `hosted` to `evaluation.arms`",
            is_warning=True,
        )
    if evaluation.documents is not None and not {"rag", "tuned_retrieval"} & set(arms):
        yield Conflict(
            keys=(("evaluation", "documents"), ("evaluation", "arms")),
            message="`documents` are named, and no arm reads them",
            suggestion="add `rag` to `evaluation.arms`",
            is_warning=True,
        )


def _regression(spec: Spec) -> Iterator[Conflict]:
    asked = spec.evaluation.regression
    if asked and not set(TUNED_ARMS) & set(spec.evaluation.arms):
        yield Conflict(
            keys=(("evaluation", "regression"), ("evaluation", "arms")),
            message="`regression` asks what a tuned model forgot, and none is trained",
            suggestion="add `tuned` to `evaluation.arms`",
        )
    repeated = repeated_words([one if isinstance(one, str) else one.task for one in asked])
    if repeated:
        yield Conflict(
            keys=(("evaluation", "regression"),), message=f"tasks given twice: {repeated}", suggestion="give each once"
        )


def _sequential(spec: Spec) -> Iterator[Conflict]:
    if spec.evaluation.sequential and spec.data.group is not None:
        yield Conflict(
            keys=(("evaluation", "sequential"), ("data", "group")),
            message="rows that share a group cannot be looked at one after the other",
            suggestion="remove `sequential`: the verdict on all rows takes the groups into account",
        )
