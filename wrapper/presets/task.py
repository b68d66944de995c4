"""The usual jobs as presets: what they are told, how they are graded, how long they answer."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from msgspec import Meta, Struct

from wrapper.presets.files import names_in, read_preset

FOLDER = "tasks"

Text = Annotated[str, Meta(min_length=1)]
Count = Annotated[int, Meta(ge=1)]


class Origin(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the number of a field comes from, if not from thriftune itself; `date` is when it was read."""

    field: Literal["max_answer_tokens", "shots"]
    source: Text
    date: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class TaskPreset(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of presets/tasks; `kind` and `metric` are words of the spec.

    `prompt` is a Jinja template over `labels` (texts) and `keys` (`name`, and `share` of the gold answers that have
    it); `target` says in words what is good enough.
    """

    version: Literal[1]
    name: Text
    title: Text
    description: Text
    kind: Text
    metric: Text
    prompt: Text
    max_answer_tokens: Count
    shots: Annotated[int, Meta(ge=1, le=64)]
    target: Text
    grading: Annotated[tuple[Text, ...], Meta(min_length=1)]
    origins: tuple[Origin, ...] = ()


def task_names() -> list[str]:
    """Names of all task presets, sorted."""
    return names_in(FOLDER)


def load_task_preset(name: str) -> TaskPreset:
    """Raises BadInput for an unknown name, and for a broken file."""
    return read_preset(FOLDER, name, TaskPreset)


@cache
def _by_kind() -> dict[str, TaskPreset]:
    return {preset.kind: preset for preset in map(load_task_preset, task_names())}


def task_preset_for(kind: str) -> TaskPreset:
    """The preset of a kind of task; every kind of the spec has one."""
    return _by_kind()[kind]
