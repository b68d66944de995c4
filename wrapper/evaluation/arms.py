"""What each model arm is given: the turns before the answer, one prompt a test row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wrapper.data.rows import Message, Row
from wrapper.evaluation.passages import Passage, before_question, nearest_passages
from wrapper.evaluation.prompts import Candidate, with_candidate
from wrapper.evaluation.retrieval import few_shot_rows, nearest_rows
from wrapper.spec.fields import TUNED_ARMS, ArmName

GOLD_BLIND = ("constraints", "json_schema")  # metrics that do not look at the gold answer: any copied answer passes
Prompt = tuple[Message, ...]


@dataclass(frozen=True, kw_only=True)
class ArmSetting:
    """What all arms share.

    The tuned arms say `trained_prompt`, as in training; the others, but `base`, the candidate that did best
    on validation rows. `passages` are of the user's documents, `passages_shown` of them in a prompt.
    """

    trained_prompt: str
    candidate: Candidate
    shots: int
    seed: int
    kind: str
    passages: tuple[Passage, ...] = ()
    passages_shown: int = 3


def prompts_of(arm: ArmName, test: Sequence[Row], train: Sequence[Row], setting: ArmSetting) -> list[Prompt]:
    """The prompts of an arm, in the order of the test rows.

    `base` sees the bare input; `tuned` sees exactly the prompt that it was trained with.
    """
    if arm == "base":
        return [row.prompt() for row in test]
    as_trained = Candidate(name="trained", system_prompt=setting.trained_prompt, user_prefix="")
    candidate = as_trained if arm in TUNED_ARMS else setting.candidate
    if arm in ("prompted", "hosted", "tuned"):
        return [with_candidate(row, candidate) for row in test]
    if arm == "rag" or (arm == "tuned_retrieval" and setting.passages):
        return _with_passages(test, candidate, setting)
    if arm == "few_shot":
        chosen = few_shot_rows(train, setting.shots, setting.seed, setting.kind)
        examples = [chosen] * len(test)
    else:
        nearest = nearest_rows(train, [row.input_text for row in test], setting.shots)
        examples = [found[::-1] for found in nearest]  # the nearest one stands last, beside the question
    return [
        _with_examples(row, [train[index] for index in indices], candidate)
        for row, indices in zip(test, examples, strict=True)
    ]


def _with_examples(row: Row, examples: Sequence[Row], candidate: Candidate) -> Prompt:
    """The instructions, then each example as a question and its answer, then the row itself."""
    prompt = with_candidate(row, candidate)
    head = prompt[:1] if prompt[0].role == "system" else ()
    shown = [
        turn
        for example in examples
        for turn in (
            *(turn for turn in with_candidate(example, candidate) if turn.role != "system"),
            Message(role="assistant", content=example.answer),
        )
    ]
    return (*head, *shown, *prompt[len(head) :])


def _with_passages(rows: Sequence[Row], candidate: Candidate, setting: ArmSetting) -> list[Prompt]:
    """The passages that are nearest to each question stand before it in its turn."""
    found = nearest_passages(setting.passages, [row.input_text for row in rows], setting.passages_shown)
    return [
        before_question(with_candidate(row, candidate), [setting.passages[place] for place in places])
        for row, places in zip(rows, found, strict=True)
    ]
