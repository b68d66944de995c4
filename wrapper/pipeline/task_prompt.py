"""The labels and the instructions of a task, where the spec leaves them to be read off the training rows."""

from __future__ import annotations

from collections.abc import Sequence

from wrapper.data.rows import Row
from wrapper.evaluation.prompts import default_prompt
from wrapper.spec.fields import Spec


def labels_of(spec: Spec, train: Sequence[Row]) -> tuple[str, ...]:
    """The label set of a classification: the spec's, else that of the training rows."""
    if spec.task.kind != "classification":
        return ()
    return spec.task.labels or tuple(sorted({row.answer.strip() for row in train}))


def system_prompt_of(spec: Spec, train: Sequence[Row]) -> str:
    """The spec's instructions, else plain ones for its kind of task: what the model is trained with."""
    if spec.task.prompt:
        return spec.task.prompt
    return default_prompt(spec.task.kind, labels_of(spec, train), [row.answer for row in train])
