"""One recommendation out of the failures: data and prompt first, a longer run or a larger model only for a winner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from wrapper.evaluation.failures.causes import Cause
from wrapper.evaluation.verdict import Verdict

Action = Literal[
    "fix_rows", "add_rows", "change_prompt", "add_retrieval", "longer_sequence", "longer_answers", "more_epochs",
    "larger_model", "stop",
]  # fmt: skip
_SUSPECT_SHARE = 0.05  # of the training rows
_LEAST_SUSPECTS = 5
_SHARE = 0.3  # of the failures that a cause must have to decide
_CUT_SHARE = 0.1
_PAIR_SHARE = 0.3
_LOST_SHARE = 0.05  # of the training rows left out for their length


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What the recommendation goes by; see diagnose."""

    verdict: Verdict
    failed: int
    causes: Mapping[Cause, int]
    pair: tuple[str, str, int] | None
    train_rows: int
    suspects: int
    first_suspects: tuple[str, ...]
    train_over: int
    loss: str

    def share(self, *causes: Cause) -> float:
        """Of the failures that have one of these causes."""
        return sum(self.causes.get(cause, 0) for cause in causes) / self.failed if self.failed else 0.0

    @property
    def wins(self) -> bool:
        return self.verdict.outcome == "better"


def recommend(seen: Evidence) -> tuple[Action, str]:
    """The first that the evidence supports; never a longer run or a larger model for one that does not win."""
    if not seen.failed or (seen.wins and seen.verdict.meets_target):
        return "stop", "good enough: spend nothing more on training"
    return _about_data(seen) or _about_answers(seen) or _about_coverage(seen) or _at_last(seen)


def _about_data(seen: Evidence) -> tuple[Action, str] | None:
    if seen.suspects >= max(_LEAST_SUSPECTS, _SUSPECT_SHARE * seen.train_rows):
        share = seen.suspects / seen.train_rows
        where = ", ".join(seen.first_suspects)
        return "fix_rows", (
            f"fix the training labels first: rows like them speak against {seen.suspects} of {seen.train_rows} "
            f"({share:.0%}), {where} most of all; the report lists them"
        )
    if seen.share("contradictory_neighbours") >= _SHARE:
        count = seen.causes["contradictory_neighbours"]
        return "fix_rows", (
            f"fix the training rows that contradict each other: {count} of {seen.failed} failures stand beside such; "
            "`thriftune data audit` names them"
        )
    return None


def _about_answers(seen: Evidence) -> tuple[Action, str] | None:
    if seen.share("cut_off") >= _CUT_SHARE:
        return "longer_answers", (
            f"let answers be longer: {seen.causes['cut_off']} of {seen.failed} failures were cut off; "
            "raise `task.max_answer_tokens`"
        )
    if seen.train_over > _LOST_SHARE * seen.train_rows:
        return "longer_sequence", (
            f"raise `training.overrides.sequence_len`: {seen.train_over} training rows were longer and left out"
        )
    if seen.share("format", "empty", "copied_prompt") >= _SHARE:
        return "change_prompt", (
            "say the form of the answer in `task.prompt`, with an example: "
            f"{seen.share('format', 'empty', 'copied_prompt'):.0%} of the failures have no answer in that form"
        )
    return None


def _about_coverage(seen: Evidence) -> tuple[Action, str] | None:
    if seen.share("unseen_label", "far_from_train") >= _SHARE:
        return "add_rows", (
            f"add training rows like the failures: {seen.share('unseen_label', 'far_from_train'):.0%} of them are "
            "like none there is"
        )
    if seen.share("needs_knowledge") >= _SHARE:
        return "add_retrieval", (
            f"give the model what it cannot know: {seen.share('needs_knowledge'):.0%} of the failures want words that "
            "stand neither in the input nor in training; retrieve them from your documents"
        )
    if seen.pair and seen.pair[2] >= max(2, _PAIR_SHARE * seen.failed):
        gold, given, count = seen.pair
        return "add_rows", (
            f"add training rows that tell `{gold}` from `{given}`: {count} of {seen.failed} failures are that pair"
        )
    return None


def _at_last(seen: Evidence) -> tuple[Action, str]:
    if not seen.wins:
        return "add_rows" if seen.failed else "stop", (
            "improve data or prompt first, not the model: add rows like the failures, which have no one cause"
        )
    if seen.loss == "falling":
        return "more_epochs", "train longer: the validation loss was still falling at the end"
    return "larger_model", (
        "the failures have no one cause in data or prompt, and the tuned model beats every cheaper arm: "
        "more rows first, then a larger model, one at a time"
    )
