"""What each model arm is given: the turns before the answer, one prompt a test row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wrapper.data.rows import Message, Row
from wrapper.evaluation.retrieval import few_shot_rows, nearest_rows
from wrapper.spec.fields import ArmName

MODEL_ARMS: tuple[ArmName, ...] = ("base", "prompted", "few_shot", "retrieved_examples", "tuned")
Prompt = tuple[Message, ...]


@dataclass(frozen=True, kw_only=True)
class ArmSetting:
    """What all arms share: the instructions, the number of examples, the seed and the kind of task."""

    system_prompt: str
    shots: int
    seed: int
    kind: str


def default_prompt(kind: str, labels: Sequence[str]) -> str:
    """Instructions where the spec gives none, so that the prompted arms are told what is wanted."""
    if kind == "classification":
        return f"Classify the message. Answer with one of these labels only: {', '.join(labels)}."
    return ""


def prompts_of(arm: ArmName, test: Sequence[Row], train: Sequence[Row], setting: ArmSetting) -> list[Prompt]:
    """The prompts of an arm, in the order of the test rows.

    `base` sees the bare input; `tuned` sees exactly the prompt that it was trained with, which is the
    prompted arm's.
    """
    if arm == "base":
        return [row.prompt() for row in test]
    if arm in ("prompted", "tuned"):
        return [row.prompt(setting.system_prompt) for row in test]
    if arm == "few_shot":
        chosen = few_shot_rows(train, setting.shots, setting.seed, setting.kind)
        examples = [chosen] * len(test)
    else:
        nearest = nearest_rows(train, [row.input_text for row in test], setting.shots)
        examples = [found[::-1] for found in nearest]  # the nearest one stands last, beside the question
    return [
        _with_examples(row, [train[index] for index in indices], setting.system_prompt)
        for row, indices in zip(test, examples, strict=True)
    ]


def _with_examples(row: Row, examples: Sequence[Row], system_prompt: str) -> Prompt:
    """The instructions, then each example as a question and its answer, then the row itself."""
    prompt = row.prompt(system_prompt)
    head = prompt[:1] if prompt[0].role == "system" else ()
    shown = [
        turn
        for example in examples
        for turn in (
            *(turn for turn in example.messages if turn.role != "system"),
            Message(role="assistant", content=example.answer),
        )
    ]
    return (*head, *shown, *prompt[len(head) :])
