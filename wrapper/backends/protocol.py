"""The seam behind which a training backend stands: a module that satisfies `Backend`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from wrapper.errors import Fault, ThriftuneError
from wrapper.spec.fields import Kernel, LoraVariant, Objective, Parallel

Accelerator = Literal["cpu", "cuda"]
LINEAR_LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True, kw_only=True)
class TrainingNumbers:
    """Every number that the plan decides and a backend renders; nothing after the plan chooses.

    `accelerator` is `cpu` or `cuda`; `precision` is `bf16`, `fp16` or `fp32`. `steps` are optimiser steps in
    all; `sequence_tokens` is the cap on a row's length. `objective` is `chat` (rows hold `messages`, the
    assistant's turns are trained) or `text` (rows hold `text`, all of it is trained). `parallel` says how many
    GPUs, and what they share. With validation rows the adapter of the best evaluation is kept, and training
    stops after `early_stopping_patience` evaluations without a better one (None: never).
    `lora_targets` are the layers that LoRA sits on: their last names, or a regular expression of whole names;
    None: all linear layers, which are `LINEAR_LAYERS` in a model like Llama. `plain_attention`: query, key and
    value are a matrix each, and normed a head at a time, if at all.
    """

    method: str
    accelerator: Accelerator
    precision: str
    attention: str
    sequence_tokens: int
    micro_batch_size: int
    gradient_accumulation_steps: int
    steps: int
    learning_rate: float
    lr_scheduler: str
    warmup_steps: int
    weight_decay: float
    optimizer: str
    lora_r: int
    lora_alpha: int
    lora_dropout: float
    lora_variant: LoraVariant
    objective: Objective
    kernels: tuple[Kernel, ...]
    parallel: Parallel
    gradient_checkpointing: bool
    sample_packing: bool
    eval_steps: int | None
    save_steps: int
    early_stopping_patience: int | None
    seed: int
    threads: int
    lora_targets: tuple[str, ...] | str | None = None
    plain_attention: bool = True


@dataclass(frozen=True, kw_only=True)
class TrainingPlan(TrainingNumbers):
    """The numbers, and where everything lies: all that a backend needs to train.

    Paths are absolute. `max_seconds` is the wall-clock time that the budget leaves to this run, or None.
    `stop_file` makes the trainer save and stop when it appears; `events_file` takes JSON lines. Both are None
    where nobody watches: the config is then the user's own to run.
    `resume_from` is the checkpoint to go on from, or None to start at the first step.
    `end_of_turn` is the text that the chat template puts behind an answer, empty where it puts nothing.
    """

    model_path: Path
    end_of_turn: str
    train_file: Path
    validation_file: Path | None
    prepared_dir: Path
    output_dir: Path
    resume_from: Path | None
    events_file: Path | None
    stop_file: Path | None
    max_seconds: float | None


@dataclass(frozen=True, kw_only=True)
class RenderedConfig:
    """What the backend runs, a config or a script, as text, and the sha256 digest of that text."""

    filename: str
    text: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class Export:
    """Another form of the plan for the backend's own command, and in words what that form cannot say."""

    filename: str
    text: str
    left_out: tuple[str, ...]


class Backend(Protocol):
    """What the core asks of a backend. It decides nothing, writes nothing and starts nothing."""

    NAME: str

    def render(self, plan: TrainingPlan) -> RenderedConfig:
        """Render the plan; the text is parsed back and held against the plan."""

    def export(self, plan: TrainingPlan) -> Export | None:
        """The plan in the form of the backend's own command, where that is not what `render` gives."""

    def validate(self, text: str, *, file: str) -> Sequence[Fault]:
        """Faults that can be seen without the backend's environment; kinds `warning_*` are warnings."""

    def validator_argv(self, python: Path, config: Path) -> list[str] | None:
        """The command that asks the backend's own validator, where it has one; it prints one JSON document."""

    def train_argv(self, python: Path, config: Path, plan: TrainingPlan) -> list[str]:
        """The command that trains; on each machine, where there are several."""

    def train_environment(self, plan: TrainingPlan) -> Mapping[str, str]:
        """Variables that the training program needs beside the user's own."""


def hold_against_plan(found: Mapping[str, object], expected: Mapping[str, object], what: str) -> None:
    """Raises ThriftuneError where a rendered text, parsed back, does not say what was planned.

    None in `expected`: the key must not be there, or hold nothing.
    """
    wrong = [key for key, value in expected.items() if found.get(key) != value]
    if wrong:
        raise ThriftuneError(
            f"the rendered {what} does not say what was planned: {', '.join(wrong)}",
            hint="this is a fault in thriftune: please report it with the spec",
        )
