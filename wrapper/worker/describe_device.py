"""Runs inside a backend environment: the device it sees, its packages, what it holds before a model, and NF4.

usage: describe_device.py axolotl|trl|unsloth cpu|cuda
Prints one JSON document; `failed` in it says why this backend cannot train here.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import os
import sys

from check_environment import ANY_BACKEND, IMPORTS, check_nf4

# evaluation and conversion need them, training does not
_NOT_FOR_TRAINING = ("lm_eval", "gguf")
_PACKAGES = ("torch", "triton", "transformers", "trl", "peft", "accelerate", "bitsandbytes", "axolotl", "unsloth")


def import_all(backend: str) -> str:
    """Import what training imports; what the first one that fails says, or an empty string."""
    for name in IMPORTS.get(backend, ANY_BACKEND):
        if name.split(".")[0] in _NOT_FOR_TRAINING:
            continue
        try:
            importlib.import_module(name)
        except Exception as fault:  # whatever a package raises on import is the finding
            return f"import {name}: {type(fault).__name__}: {fault}"
    return ""


def held_gib(device: str) -> float:
    """Memory that is gone before a model is loaded: a GPU's context and libraries, else the process's own (GiB)."""
    import psutil
    import torch

    if device == "cpu":
        return psutil.Process().memory_info().rss / 2**30
    free, total = torch.cuda.mem_get_info()
    return (total - free - torch.cuda.memory_reserved()) / 2**30


def versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def describe(backend: str, device: str) -> dict[str, object]:
    failed = import_all(backend)
    if failed:
        return {"failed": failed, "versions": versions()}
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        return {"failed": f"torch {torch.__version__} sees no GPU (its CUDA is {torch.version.cuda})"}
    try:
        ok, detail = check_nf4(argparse.Namespace(device=device))  # before measuring: it loads the device's libraries
    except Exception as fault:  # a check that cannot be made has failed, and says why
        ok, detail = False, f"{type(fault).__name__}: {fault}"
    return {
        "failed": "",
        "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "nf4": {"ok": ok, "detail": detail},
        "runtime_gib": round(held_gib(device), 3),
        "versions": versions(),
    }


def main() -> None:
    # What packages print on import must not mix with the answer.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    answer.write(json.dumps(describe(*sys.argv[1:])) + "\n")
    answer.flush()


if __name__ == "__main__":
    main()
