"""Wordings of the instructions: the default of a kind of task, fair candidates beside it, and which one is best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import fsum

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from wrapper.data.rows import Message, Row
from wrapper.evaluation.answer_form import form_of, keys_of, shown_labels
from wrapper.presets.task import task_preset_for


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One way to instruct the model: in the system turn, or in the user's turn before the input."""

    name: str
    system_prompt: str
    user_prefix: str = ""


def as_given(prompt: str) -> Candidate:
    """The prompt as a system turn: what a model is trained with."""
    return Candidate(name="as_given", system_prompt=prompt)


def default_prompt(kind: str, labels: Sequence[str], answers: Sequence[str] = ()) -> str:
    """Instructions where the spec gives none: the preset of the kind, filled from labels and training answers."""
    template = _environment().from_string(task_preset_for(kind).prompt)
    return template.render(labels=shown_labels(labels), keys=keys_of(answers)).strip()


def prompt_candidates(
    spec_prompt: str,
    *,
    kind: str,
    labels: Sequence[str],
    train_answers: Sequence[str],
    others: Sequence[str] = (),
) -> list[Candidate]:
    """At most three of ours, then the user's own; no two say the same. The first is the prompt as it is.

    They are to be compared on validation rows, never on test rows.
    """
    prompt = spec_prompt.strip() or default_prompt(kind, labels, train_answers)
    found = [as_given(prompt)]
    form = form_of(kind, labels, train_answers)
    if form is not None and not form.is_said_in(prompt):
        found.append(Candidate(name="with_form", system_prompt=f"{prompt}\n{form.sentence}"))
    found.append(Candidate(name="in_user_turn", system_prompt="", user_prefix=prompt))
    found += [
        Candidate(name=f"candidate_{number}", system_prompt=other.strip())
        for number, other in enumerate(others, start=1)
        if other.strip()
    ]
    distinct: dict[tuple[str, str], Candidate] = {}
    for candidate in found:
        distinct.setdefault((candidate.system_prompt, candidate.user_prefix), candidate)
    return list(distinct.values())


def with_candidate(row: Row, candidate: Candidate) -> tuple[Message, ...]:
    """The turns before the answer. A system turn that the row brings stands in place of the candidate's;
    what the candidate says in the user's turn stands there all the same."""
    turns = row.prompt(candidate.system_prompt)
    return before_input(turns, candidate.user_prefix) if candidate.user_prefix else turns


def before_input(turns: Sequence[Message], text: str) -> tuple[Message, ...]:
    """The turns with a text at the head of the last turn of the user."""
    place = max(index for index, turn in enumerate(turns) if turn.role == "user")
    asked = Message(role="user", content=f"{text}\n\n{turns[place].content}")
    return (*turns[:place], asked, *turns[place + 1 :])


def choose(candidates: Sequence[Candidate], scores: Mapping[str, Sequence[float | None]]) -> Candidate:
    """The highest mean on the validation rows, of equal ones the first; rows without a score do not count."""

    def mean(candidate: Candidate) -> float:
        known = [score for score in scores.get(candidate.name, ()) if score is not None]
        return fsum(known) / len(known) if known else float("-inf")

    return max(candidates, key=mean)


@cache
def _environment() -> jinja2.Environment:
    """Sandboxed, since labels and keys come out of data; a name that is missing is an error."""
    return ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined, autoescape=False)
