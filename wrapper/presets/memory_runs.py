"""Memory that was measured of training runs elsewhere: what the memory model is held against."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from wrapper.documents import read_document
from wrapper.presets.files import read_lines
from wrapper.resources import presets_dir

Text = Annotated[str, Meta(min_length=1)]
Count = Annotated[int, Meta(ge=1)]


class MemoryRun(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One training run on one GPU; a line of presets/memory/runs.jsonl.

    `peak_gib`, in GiB, is what torch had allocated at most, or what the whole device held: `measured` says which, and
    `device` stands also where the source does not say. `lengths`: every row was as long as `sequence_tokens`, or rows
    varied up to it. `lora_targets` are names of linear layers, or `all`.
    """

    model: Text
    method: Literal["qlora", "lora", "full"]
    stack: Text
    lora_r: int
    lora_targets: str
    optimizer: Text
    sequence_tokens: Count
    micro_batch: Count
    gradient_checkpointing: bool
    measured: Literal["allocated", "device"]
    lengths: Literal["full", "varied"]
    peak_gib: Annotated[float, Meta(gt=0)]
    gpu: str | None
    program: Text
    source: Text


def load_memory_runs() -> tuple[MemoryRun, ...]:
    """All runs; raises BadInput that names the file and line of a broken one."""
    return tuple(read_lines(presets_dir() / "memory" / "runs.jsonl", MemoryRun))


def model_dimensions() -> dict[str, dict[str, int | bool]]:
    """Dimensions of every model of the runs, and the number of weights that its publisher gives (`parameters`)."""
    found: dict[str, dict[str, int | bool]] = read_document(presets_dir() / "memory" / "models.yaml").value["models"]
    return found
