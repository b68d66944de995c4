"""GPUs that are known by name: memory, speed, and what an hour costs where."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from wrapper.presets.files import names_in, read_preset

FOLDER = "gpus"
SPOT = "spot"

Text = Annotated[str, Meta(min_length=1)]
Positive = Annotated[float, Meta(gt=0)]

_AMPERE = 8.0  # the compute capability from which tensor cores take bf16 and FlashAttention 2 runs


class Price(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Dollars for one GPU and one hour; `source` holds the file and commit, `date` its age, if known."""

    provider: Text
    tier: Text
    usd_per_hour: Positive
    source: Text
    date: Text
    region: str = ""


class CatalogueName(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which rows of a provider's file in SkyPilot's catalogue are this GPU.

    `instance` is a pattern with `*`; `marketed_gib` bounds the memory of one GPU where a name stands for two sizes;
    `gpus` is how many a row must have. `host` is the machine around it where that is priced in a row of its own.
    """

    provider: Text
    accelerator: Text
    instance: Text = "*"
    marketed_gib: tuple[Positive, Positive] | None = None
    gpus: Annotated[int, Meta(ge=1)] | None = None
    host: str = ""


class GpuPreset(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of presets/gpus. `memory_gib` is what a program can use; the speeds are dense peaks.

    `driver_names` is what `nvidia-smi` calls such a GPU; `prices` are those that travel with thriftune, see
    `wrapper.presets.prices.prices_of` for what is known now; `sources` says where each number was found.
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
    sources: dict[Literal["memory_gib", "tflops", "memory_bandwidth_gb_s", "compute_capability"], Text] = {}
    catalogue: tuple[CatalogueName, ...] = ()

    @property
    def bf16(self) -> bool:
        """Whether it multiplies in bf16."""
        return self.compute_capability >= _AMPERE and self.bf16_tflops is not None

    @property
    def flash_attention(self) -> bool:
        """Whether FlashAttention 2 runs on it."""
        return self.compute_capability >= _AMPERE

    @property
    def cheapest_usd_per_hour(self) -> float | None:
        """The lowest price that is known, fetched ones too, None where none is; spot prices do not count."""
        from wrapper.presets.prices import cheapest_of  # it needs this module, and the user's cache

        cheapest = cheapest_of(self)
        return None if cheapest is None else cheapest.usd_per_hour


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
