"""Training speed and memory that were measured: what an estimate starts from."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from wrapper.presets.files import read_lines
from wrapper.resources import presets_dir

Text = Annotated[str, Meta(min_length=1)]
Count = Annotated[int, Meta(ge=1)]
Positive = Annotated[float, Meta(gt=0)]


class Measured(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One training run that was measured; a line of presets/measured/*.jsonl.

    `model` is a preset's name or a hub id. `tokens_per_second` counts the tokens of the rows, without
    padding, after the first step has begun. `tflops` is the device's dense peak, None for a processor.
    `sequence_tokens` is the cap that every row was under, `peak_gib` what all of them together held at most.
    `runtime_gib` is what the process holds before the model: libraries, and the device's context.
    """

    model: Text
    parameters: Count
    method: Literal["qlora", "lora_8bit", "lora", "full"]
    backend: Text
    accelerator: Literal["cpu", "cuda"]
    machine: Text
    threads: Count | None
    precision: Literal["bf16", "fp16", "fp32"]
    gradient_checkpointing: bool
    tflops: Positive | None
    bandwidth_gb_s: Positive | None = None
    sequence_tokens: Count
    micro_batch: Count
    tokens_per_second: Positive
    startup_seconds: Positive | None
    peak_gib: Positive
    runtime_gib: Positive | None
    source: Text
    date: Text


def load_measured() -> tuple[Measured, ...]:
    """All rows of presets/measured; raises BadInput that names the file and line of a broken row."""
    files = sorted((presets_dir() / "measured").glob("*.jsonl"))
    return tuple(row for file in files for row in read_lines(file, Measured))
