"""What this machine has to train and evaluate with."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

from wrapper import process
from wrapper.environments import detect_accelerator
from wrapper.errors import EnvironmentFault
from wrapper.plan.machine import Machine
from wrapper.presets.gpu import load_gpu_preset, preset_of_driver_name
from wrapper.spec.consistency import UNPRICED_DEVICES

_BF16_FLAGS = re.compile(r"\b(avx512_bf16|amx_bf16|bf16)\b")


def detect_machine(gpu: str) -> Machine:
    """The device that `budget.gpu` asks for, on this machine.

    Raises BadInput for a name that nobody knows, EnvironmentFault if the machine has no GPU, or another one:
    the plan would count with the wrong price.
    """
    wanted = None if gpu in UNPRICED_DEVICES else load_gpu_preset(gpu)
    accelerator = detect_accelerator()
    if gpu == "cpu" or (gpu == "local" and accelerator == "cpu"):
        return _cpu()
    if accelerator == "cpu":
        raise EnvironmentFault(
            f"`budget.gpu` asks for `{gpu}`, and this machine has no NVIDIA GPU",
            hint="set `budget.gpu: cpu` for a small model, or run on a machine that has one",
        )
    machine = _cuda()
    found = preset_of_driver_name(machine.name)
    if wanted is not None and found is not None and found.name != wanted.name:
        raise EnvironmentFault(
            f"`budget.gpu` asks for `{gpu}`, and this machine has an `{found.name}` ({machine.name})",
            hint=f"set `budget.gpu: {found.name}`",
        )
    return machine


def planned_machine(gpu: str) -> Machine:
    """The device that a plan is made for, which need not be here: a GPU that is known by name is what its preset says.

    Raises BadInput for a name that nobody knows.
    """
    if gpu in UNPRICED_DEVICES:
        return detect_machine(gpu)
    return Machine.of_gpu(load_gpu_preset(gpu), threads=_usable_cores())


def _cpu() -> Machine:
    import psutil

    return Machine(
        accelerator="cpu",
        name=platform.processor() or platform.machine(),
        memory_gib=psutil.virtual_memory().total / 2**30,
        threads=_usable_cores(),
        bf16=_has_bf16(),
        compute_capability=None,
    )


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _has_bf16() -> bool:
    """Whether the processor multiplies in bf16; where it does not, bf16 is slower than fp32."""
    try:
        return bool(_BF16_FLAGS.search(Path("/proc/cpuinfo").read_text(encoding="utf-8")))
    except OSError:
        return False


def _cuda() -> Machine:
    query = "--query-gpu=name,memory.total,compute_cap"
    try:
        answer = process.run(["nvidia-smi", query, "--format=csv,noheader,nounits"], timeout=30)
        name, memory_mib, capability = answer.stdout.splitlines()[0].split(", ")
    except (OSError, IndexError, ValueError) as failure:
        raise EnvironmentFault(
            f"the NVIDIA driver does not answer: {failure}", hint="try `nvidia-smi`, or set `budget.gpu: cpu`"
        ) from failure
    bf16 = float(capability) >= 8.0
    preset = preset_of_driver_name(name)
    return Machine(
        accelerator="cuda",
        name=name,
        memory_gib=float(memory_mib) / 1024,
        threads=_usable_cores(),
        bf16=bf16,
        compute_capability=float(capability),
        tflops=(preset.bf16_tflops if bf16 else preset.fp16_tflops) if preset else None,
        bandwidth_gb_s=preset.memory_bandwidth_gb_s if preset else None,
    )
