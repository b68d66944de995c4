"""The device that a plan is made for."""

from __future__ import annotations

from dataclasses import dataclass

from wrapper.backends.protocol import Accelerator
from wrapper.presets.gpu import GpuPreset


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What training can use.

    `memory_gib` is the GPU's for `cuda`, the machine's for `cpu`; `bf16` says whether the device multiplies in bf16;
    `tflops` is its dense peak at the precision that would be used, `bandwidth_gb_s` that of its memory, if known.
    """

    accelerator: Accelerator
    name: str
    memory_gib: float
    threads: int
    bf16: bool
    compute_capability: float | None
    tflops: float | None = None
    bandwidth_gb_s: float | None = None

    @classmethod
    def of_gpu(cls, gpu: GpuPreset, *, threads: int = 1) -> Machine:
        """A machine with one such GPU, wherever it stands; its speed is that of the precision that would be used."""
        return cls(
            accelerator="cuda",
            name=gpu.name,
            memory_gib=gpu.memory_gib,
            threads=threads,
            bf16=gpu.bf16,
            compute_capability=gpu.compute_capability,
            tflops=gpu.bf16_tflops if gpu.bf16 else gpu.fp16_tflops,
            bandwidth_gb_s=gpu.memory_bandwidth_gb_s,
        )

    @property
    def dtype(self) -> str:
        """The torch name of the numbers that a model runs in here, where nobody asks for others."""
        return "bfloat16" if self.bf16 else "float16" if self.accelerator == "cuda" else "float32"
