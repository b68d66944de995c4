"""Runs inside a backend environment: do its packages import, match the lock, and compute in 4 bits.

usage: check_environment.py --backend NAME --device cpu|cuda --lock FILE CHECK ...
Prints one JSON line a check: name, ok, seconds, detail.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

IMPORTS = {
    "axolotl": (
        "torch",
        "transformers",
        "peft",
        "trl",
        "accelerate",
        "datasets",
        "bitsandbytes",
        "axolotl.cli.main",
        "axolotl.cli.train",
        "axolotl.core.builders",
    ),
    "trl": (
        "torch",
        "transformers",
        "peft",
        "trl.trainer.sft_trainer",
        "accelerate",
        "datasets",
        "bitsandbytes",
        "lm_eval",
        "lm_eval.models.huggingface",
        "gguf",
    ),
    "unsloth": (
        "unsloth",  # first: it changes the others as they are imported
        "torch",
        "transformers",
        "peft",
        "trl.trainer.sft_trainer",
        "accelerate",
        "datasets",
        "bitsandbytes",
    ),
}
ANY_BACKEND = ("torch", "transformers", "peft", "accelerate", "datasets", "bitsandbytes")
# NF4 keeps a weight within some tenths of its size: the mean error of a layer of normal weights is about 0.1.
_LARGEST_NF4_ERROR = 0.2


def check_versions(arguments: argparse.Namespace) -> tuple[bool, str]:
    """Every package of the lock that is meant for this platform, in the version that is locked."""
    from packaging.markers import Marker

    wrong, held = [], 0
    for line in Path(arguments.lock).read_text(encoding="utf-8").splitlines():
        entry = re.match(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?:\s*;\s*([^\\]+?))?\s*\\?$", line)
        if entry is None or (entry[3] and not Marker(entry[3]).evaluate()):
            continue
        held += 1
        try:
            found = importlib.metadata.version(entry[1])
        except importlib.metadata.PackageNotFoundError:
            wrong.append(f"{entry[1]} {entry[2]} is missing")
            continue
        if found.partition("+")[0] != entry[2].partition("+")[0]:
            wrong.append(f"{entry[1]} is {found}, not {entry[2]}")
    return not wrong, "; ".join(wrong) or f"{held} packages as locked"


def check_imports(arguments: argparse.Namespace) -> tuple[bool, str]:
    names = IMPORTS.get(arguments.backend, ANY_BACKEND)
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as fault:  # whatever a package raises on import is the finding
            return False, f"import {name}: {type(fault).__name__}: {fault}"
    import torch

    return True, f"{len(names)} imports, torch {torch.__version__}"


def check_nf4(arguments: argparse.Namespace) -> tuple[bool, str]:
    """A bitsandbytes NF4 linear layer on the device, against the same layer in 32 bits."""
    import bitsandbytes as bnb
    import torch

    if arguments.device == "cuda" and not torch.cuda.is_available():
        return False, f"torch {torch.__version__} sees no GPU (its CUDA is {torch.version.cuda})"
    torch.manual_seed(0)
    exact = torch.nn.Linear(256, 128, bias=False)
    layer = bnb.nn.Linear4bit(256, 128, bias=False, compute_dtype=torch.float32, quant_type="nf4")
    layer.load_state_dict(exact.state_dict())
    layer, exact = layer.to(arguments.device), exact.to(arguments.device)
    rows = torch.randn(16, 256, device=arguments.device)
    with torch.no_grad():
        expected, given = exact(rows), layer(rows)
    error = float((given - expected).norm() / expected.norm())
    in_four_bits = layer.weight.dtype == torch.uint8
    device = torch.cuda.get_device_name() if arguments.device == "cuda" else "cpu"
    return (
        in_four_bits and error < _LARGEST_NF4_ERROR,
        f"on {device}, weights as {layer.weight.dtype}, relative error {error:.3f}",
    )


CHECKS: dict[str, Callable[[argparse.Namespace], tuple[bool, str]]] = {
    "versions": check_versions,
    "imports": check_imports,
    "nf4": check_nf4,
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--backend", required=True)
    parser.add_argument("--device", choices=("cpu", "cuda"), required=True)
    parser.add_argument("--lock", required=True)
    parser.add_argument("checks", nargs="+", choices=sorted(CHECKS))
    arguments = parser.parse_args()
    # What packages print on import must not mix with the answer.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for name in arguments.checks:
        record = _timed(name, arguments)
        answer.write(json.dumps(record) + "\n")
        answer.flush()


def _timed(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    began = time.monotonic()
    try:
        ok, detail = CHECKS[name](arguments)
    except Exception as fault:  # a check that cannot be made has failed, and says why
        ok, detail = False, f"{type(fault).__name__}: {fault}"
    return {"name": name, "ok": ok, "seconds": round(time.monotonic() - began, 2), "detail": detail}


if __name__ == "__main__":
    sys.exit(main())
