"""Training speed and memory that were measured: what an estimate starts from."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from wrapper.errors import BadInput
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
    rows = []
    for file in sorted((presets_dir() / "measured").glob("*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                rows.append(msgspec.json.decode(line, type=Measured))
            except msgspec.DecodeError as failure:
                raise BadInput(f"`{file}:{number}` is broken: {failure}", hint="restore the file") from None
    return tuple(rows)
