"""The cause of one failed test row, as far as it shows in the answer and in the training rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from wrapper.data.normalise import compact, words
from wrapper.data.quality.alike import json_value, question
from wrapper.data.rows import Row
from wrapper.evaluation.graders.text import unfenced, without_thinking
from wrapper.evaluation.scores import RowScore

Cause = Literal[
    "empty", "cut_off", "copied_prompt", "format", "unseen_label", "contradictory_neighbours", "wrong_label",
    "far_from_train", "needs_knowledge", "other",
]  # fmt: skip
SAYS: dict[Cause, str] = {
    "empty": "the answer is empty",
    "cut_off": "the answer was cut off at the longest answer that is generated",
    "copied_prompt": "the answer repeats the prompt",
    "format": "the answer does not have the form of the gold answers",
    "unseen_label": "the right label has no training row",
    "contradictory_neighbours": "the nearest training rows disagree with each other",
    "wrong_label": "another label was given",
    "far_from_train": "no training row is like it",
    "needs_knowledge": "the right answer stands neither in the input nor in the nearest training rows",
    "other": "the answer is another",
}
_FAR = 0.15  # share of words in common with the nearest training row
_NEAR = 0.5
_COPIED_CHARACTERS = 30
_CONTENT = re.compile(r"\w{4,}|\d+")
_KNOWN = 0.5  # of the gold answer's words stand in what the model was given


@dataclass(frozen=True, kw_only=True)
class Near:
    """A training row near a test row, and the share of their words that they have in common (0 to 1)."""

    row: Row
    similarity: float


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is known beside the rows: labels of the task, those that training rows have, the prompt, the cap."""

    labels: frozenset[str]
    trained_answers: frozenset[str]
    system_prompt: str
    max_answer_tokens: int


def cause_of(row: Row, score: RowScore, near: Sequence[Near], setting: Setting) -> Cause:
    """The first that fits, from what is certain to what is likely; `near` is nearest first."""
    response = without_thinking(score.response).strip()
    if not response:
        return "empty"
    if score.generated_tokens >= setting.max_answer_tokens:
        return "cut_off"
    names_one = bool(setting.labels) and not score.grade.explanation.startswith("names ")  # labels stand in the prompt
    if not names_one and _copies(response, row, setting.system_prompt):
        return "copied_prompt"
    if _lacks_form(response, score, row, setting):
        return "format"
    if setting.labels and row.answer.strip() not in setting.trained_answers:
        return "unseen_label"
    if _disagree(near):
        return "contradictory_neighbours"
    if setting.labels:
        return "wrong_label"
    if not near or near[0].similarity < _FAR:
        return "far_from_train"
    return "needs_knowledge" if _needs_knowledge(row, near) else "other"


def similarity(first: str, second: str) -> float:
    """Share of the words of both that both have."""
    one, other = set(words(first)), set(words(second))
    return len(one & other) / len(one | other) if one | other else 0.0


def _copies(response: str, row: Row, system_prompt: str) -> bool:
    said = compact(response)
    if said == compact(row.answer):
        return False
    if said == compact(row.input_text):
        return True
    given = compact(question(row)) + compact(system_prompt)
    return len(said) >= _COPIED_CHARACTERS and said in given and said not in compact(row.answer)


def _lacks_form(response: str, score: RowScore, row: Row, setting: Setting) -> bool:
    if setting.labels:
        return score.grade.explanation.startswith("names ")
    return json_value(row.answer) is not None and json_value(unfenced(response)) is None


def _disagree(near: Sequence[Near]) -> bool:
    """True where training rows that are much like the input, and like each other, have different short answers."""
    close = [one.row for one in near if one.similarity >= _NEAR]
    answers = {compact(one.answer) for one in close if len(one.answer.split()) <= 6}
    return len(close) >= 2 and len(answers) >= 2


def _needs_knowledge(row: Row, near: Sequence[Near]) -> bool:
    wanted = set(_CONTENT.findall(row.answer.lower()))
    given = " ".join([question(row), *(one.row.answer for one in near)]).lower()
    known = sum(word in given for word in wanted)
    return bool(wanted) and known < _KNOWN * len(wanted)
