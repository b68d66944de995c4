"""How fast programs answer: coefficients of each, and runs whose speed was measured and that they are held against."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from wrapper.presets.files import read_lines, read_preset
from wrapper.resources import presets_dir

FOLDER = "serving"

Served = Literal["bf16", "int8", "int4"]

Text = Annotated[str, Meta(min_length=1)]
Count = Annotated[int, Meta(ge=1)]
Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
Share = Annotated[float, Meta(gt=0, le=1)]


class Weights(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One precision: bytes a weight of linear layers and of the head, and the shares of a GPU's peaks."""

    bytes_a_weight: Positive
    head_bytes: Positive
    bandwidth_share: Share
    flops_share: Share


class Spread(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The low and the high end of an estimate, of the likely one."""

    low: Positive
    high: Positive


class Engine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A program that serves models on a GPU; see the head of presets/serving/vllm.yaml.

    Besides what the GPU's peaks allow, a step takes `step_seconds`, `layer_seconds` for each layer and
    `sequence_seconds` for each sequence, and at least `launch_seconds` a layer; a request takes `request_seconds` more.
    `most_sequences` are in a step at most. `memory_share` of the GPU is used at all, of which `reserved_gib` hold
    neither weights nor cache. `fitted_on` are models whose runs the coefficients were read off, `runs_of` the programs
    whose runs they are held against.
    """

    version: Literal[1]
    name: Text
    title: Text
    weights: dict[Served, Weights]
    step_seconds: NotNegative
    layer_seconds: NotNegative
    sequence_seconds: NotNegative
    launch_seconds: NotNegative = 0.0
    request_seconds: NotNegative
    cache_bandwidth_share: Share
    most_sequences: Count
    memory_share: Share
    reserved_gib: NotNegative
    fitted_on: tuple[Text, ...]
    runs_of: tuple[Text, ...]
    measured: Spread
    extrapolated: Spread
    sources: dict[Text, Text]


class CpuSpeed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a processor was measured at, prompt tokens a second by precision; see presets/serving/cpu.yaml."""

    version: Literal[1]
    name: Text
    model: Text
    parameters: Count
    threads: Count
    processor: Text
    prefill_tokens_per_second: dict[Literal["bf16", "fp32"], Positive]
    decode_share: Share
    startup_seconds: NotNegative
    measured: Spread
    extrapolated: Spread
    sources: dict[Text, Text]


class Demand(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How requests come in: `peak_factor` is the busiest time against the mean of a month."""

    version: Literal[1]
    name: Text
    peak_factor: Annotated[float, Meta(ge=1)]
    sources: dict[Text, Text]


class ServingRun(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One measured speed; a line of presets/serving/runs.jsonl. `gpu` is a preset, `model` too or of presets/memory.

    `measures`: tokens a second of one answer after its first token (`decode`), with its prompt's time (`request`), of
    a prompt (`prefill`), or of all answers (`output`) while at most `concurrency` requests are there at once.
    `lengths`: all alike, or the tokens are means.
    """

    model: Text
    parameters: Count
    precision: Served
    gpu: Text
    engine: Text
    program: Text
    measures: Literal["decode", "request", "prefill", "output"]
    prompt_tokens: Count
    answer_tokens: Count
    concurrency: Count
    lengths: Literal["alike", "mean"]
    tokens_per_second: Positive
    source: Text


def load_engine(name: str = "vllm") -> Engine:
    """Raises BadInput for an unknown program, and for a broken file."""
    return read_preset(FOLDER, name, Engine)


def load_cpu_speed() -> CpuSpeed:
    """Raises BadInput for a broken file."""
    return read_preset(FOLDER, "cpu", CpuSpeed)


def load_demand() -> Demand:
    """Raises BadInput for a broken file."""
    return read_preset(FOLDER, "demand", Demand)


def load_serving_runs() -> tuple[ServingRun, ...]:
    """All runs; raises BadInput that names the file and line of a broken one."""
    return tuple(read_lines(presets_dir() / FOLDER / "runs.jsonl", ServingRun))
