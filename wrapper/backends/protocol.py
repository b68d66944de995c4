"""The seam behind which a training backend stands: a module that satisfies `Backend`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wrapper.errors import Fault


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """Every number that a backend needs to train; nothing after it chooses.

    Paths are absolute. `accelerator` is `cpu` or `cuda`; `precision` is `bf16`, `fp16` or `fp32`.
    `steps` are optimiser steps in all; `sequence_tokens` is the cap on a row's length.
    `max_seconds` is the wall-clock time that the budget leaves to this run, or None.
    `stop_file` makes the trainer save and stop when it appears; `events_file` takes JSON lines.
    `resume_from` is the checkpoint to go on from, or None to start at the first step.
    """

    model_path: Path
    method: str
    accelerator: str
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
    gradient_checkpointing: bool
    sample_packing: bool
    eval_steps: int | None
    save_steps: int
    seed: int
    train_file: Path
    validation_file: Path | None
    prepared_dir: Path
    output_dir: Path
    resume_from: Path | None
    events_file: Path
    stop_file: Path
    max_seconds: float | None
    threads: int


@dataclass(frozen=True, kw_only=True)
class RenderedConfig:
    """The backend's own config as text, and the sha256 digest of that text."""

    filename: str
    text: str
    digest: str


class Backend(Protocol):
    """What the core asks of a backend. It decides nothing, writes nothing and starts nothing."""

    NAME: str

    def render(self, plan: TrainingPlan) -> RenderedConfig:
        """Render the plan; the text is parsed back and held against the plan."""

    def validate(self, text: str, *, file: str) -> Sequence[Fault]:
        """Faults that can be seen without the backend's environment; kinds `warning_*` are warnings."""

    def validator_argv(self, python: Path, config: Path) -> list[str]:
        """The command that asks the backend's own validator; it prints one JSON document."""

    def train_argv(self, python: Path, config: Path) -> list[str]:
        """The command that trains."""

    def train_environment(self, plan: TrainingPlan) -> Mapping[str, str]:
        """Variables that the training program needs beside the user's own."""
