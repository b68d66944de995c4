"""What a spec needs and a training config cannot know: answers where there are any, else guesses that say so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from wrapper.backends.imports import Imported
from wrapper.backends.imports.entries import BASE, METHOD, PRESET, TRAIN, Target
from wrapper.spec.consistency import FITTING_METRIC
from wrapper.spec.fields import TaskKind

_TARGET = 0.8
_GPU_HOURS = 1.0
_TRAIN_FILE = "data/train.jsonl"
_MODEL = "smollm2-135m"
_NAME_CHARACTERS = 64


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What the user said; None where nothing was said."""

    name: str | None = None
    kind: str | None = None
    metric: str | None = None
    target: float | None = None
    prompt: str | None = None
    max_usd: float | None = None
    max_gpu_hours: float | None = None
    gpu: str | None = None
    usd_per_hour: float | None = None

    @property
    def values(self) -> dict[Target, str | float]:
        """The answers that were given, by their place in the spec."""
        task = ("name", "kind", "metric", "target", "prompt")
        places = [("task" if field.name in task else "budget", field.name) for field in fields(self)]
        said = {place: getattr(self, place[1]) for place in places}
        return {place: value for place, value in said.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Guess:
    """A value that the user has to look at, and what it was guessed from."""

    target: Target
    value: str | float
    why: str


def guesses(answers: Answers, imported: Imported, *, config_name: str) -> tuple[Guess, ...]:
    """One guess for every key that a spec needs and that neither the config nor the user gave."""
    given: Mapping[Target, object] = {**imported.values, **answers.values}
    found = (*_task(answers, config_name), *_budget(answers), *_training(imported, config_name))
    return tuple(guess for guess in found if guess.target not in given)


def _task(answers: Answers, config_name: str) -> Iterator[Guess]:
    kind = answers.kind or _kind_for(answers.metric)
    metric = next((metric for fitted, metric in FITTING_METRIC.items() if fitted == kind), FITTING_METRIC["chat"])
    yield Guess(target=("task", "name"), value=task_name(config_name), why="from the name of the config")
    yield Guess(target=("task", "kind"), value=kind, why="a config does not say what the task is")
    yield Guess(target=("task", "metric"), value=metric, why=f"suits `kind: {kind}`")
    yield Guess(target=("task", "target"), value=_TARGET, why="the score that is good enough to ship")


def _kind_for(metric: str | None) -> TaskKind:
    """The first kind of task that the metric suits best, `chat` where it says nothing."""
    fitting = (kind for kind, best in FITTING_METRIC.items() if best == metric)
    return next(fitting, "chat")


def _budget(answers: Answers) -> Iterator[Guess]:
    yield Guess(target=("budget", "gpu"), value="local", why="the GPU of this machine")
    if answers.max_usd is None:
        yield Guess(target=("budget", "max_gpu_hours"), value=_GPU_HOURS, why="so that something caps the spend")


def _training(imported: Imported, config_name: str) -> Iterator[Guess]:
    if TRAIN not in imported.values:
        yield Guess(target=TRAIN, value=_TRAIN_FILE, why="the config names no file of rows: put them there")
    if not imported.values.keys() & {PRESET, BASE}:
        yield Guess(target=PRESET, value=_MODEL, why="the config names no model")
    method = imported.values.get(METHOD) or imported.default_method
    if method is None:
        yield Guess(target=METHOD, value="qlora", why="a spec has no word for the config's own")
    else:
        yield Guess(target=METHOD, value=str(method), why=imported.keymap.method_default)
    if method == "full":
        why = "full fine-tuning costs most and needs a reason"
        yield Guess(target=("training", "reason"), value=f"it was so in {config_name}", why=why)


def task_name(config_name: str) -> str:
    """The stem of a file's name, in the letters that a task's name has."""
    stem = config_name.rsplit(".", 1)[0] if "." in config_name[1:] else config_name
    plain = re.sub(r"[^a-z0-9_-]+", "-", stem.lower()).strip("-_")
    return plain[:_NAME_CHARACTERS] or "task"
