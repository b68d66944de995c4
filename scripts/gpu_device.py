"""The GPU of a GPU check: what its driver tells, and the preset that knows its speed."""

from __future__ import annotations

from wrapper import process
from wrapper.plan.machine import Machine
from wrapper.presets.gpu import load_gpu_preset

PRESETS = {  # by what the driver calls them
    "NVIDIA A100-SXM4-80GB": "a100-80gb",
    "NVIDIA A100 80GB PCIe": "a100-80gb",
    "NVIDIA A10G": "a10g",
    "NVIDIA H100 80GB HBM3": "h100-sxm",
    "NVIDIA H200": "h200",
    "NVIDIA L4": "l4",
    "Tesla T4": "t4",
    "NVIDIA GeForce RTX 3090": "rtx-3090",
    "NVIDIA GeForce RTX 4090": "rtx-4090",
}


def tflops_of(machine: Machine) -> float | None:
    """The dense peak at the precision that training uses, None where the GPU has no preset."""
    if machine.name not in PRESETS:
        return None
    preset = load_gpu_preset(PRESETS[machine.name])
    return preset.bf16_tflops if machine.bf16 else preset.fp16_tflops


def driver_version() -> str:
    return _ask("driver_version")


def used_gib() -> float:
    """Memory of the first GPU that is in use, by whomever; 0 where the driver does not tell."""
    try:
        return float(_ask("memory.used")) / 1024
    except ValueError:
        return 0.0


def _ask(field: str) -> str:
    answer = process.run(["nvidia-smi", f"--query-gpu={field}", "--format=csv,noheader,nounits"], timeout=30)
    return (answer.stdout.splitlines() or [""])[0].strip()
