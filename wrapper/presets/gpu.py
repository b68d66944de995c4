"""GPUs that are known by name: memory, speed, and what an hour costs where."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from wrapper.presets.files import names_in, read_preset

FOLDER = "gpus"

Text = Annotated[str, Meta(min_length=1)]
Positive = Annotated[float, Meta(gt=0)]


class Price(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Dollars for one GPU and one hour; `source` holds the file and commit, `date` its age, if known."""

    provider: Text
    tier: Text
    usd_per_hour: Positive
    source: Text
    date: Text


class GpuPreset(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of presets/gpus. `memory_gib` is what a program can use; the speeds are dense peaks.

    `driver_names` is what `nvidia-smi` calls such a GPU.
    """

    version: Literal[1]
    name: Text
    driver_names: tuple[Text, ...]
    memory_gib: Positive
    bf16_tflops: Positive | None
    fp16_tflops: Positive
    memory_bandwidth_gb_s: Positive
    compute_capability: Positive
    prices: tuple[Price, ...]

    @property
    def cheapest_usd_per_hour(self) -> float | None:
        """The lowest price that is known, None where none is."""
        return min((price.usd_per_hour for price in self.prices), default=None)


def gpu_names() -> list[str]:
    """Names of all GPU presets, sorted."""
    return names_in(FOLDER)


def preset_of_driver_name(name: str) -> GpuPreset | None:
    """The preset of a GPU by what its driver calls it."""
    presets = (load_gpu_preset(known) for known in gpu_names())
    return next((preset for preset in presets if name in preset.driver_names), None)


def load_gpu_preset(name: str) -> GpuPreset:
    """Raises BadInput for an unknown name, and for a broken file."""
    return read_preset(FOLDER, name, GpuPreset)
