"""Trainings of this project as measured runs: the next estimate starts from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from wrapper.errors import BadInput
from wrapper.pipeline.project import Project
from wrapper.plan.dimensions import Dimensions
from wrapper.plan.machine import Machine
from wrapper.presets.measured import Measured

_CUDA_RUNTIME_GIB = 1.0  # what a process holds on a GPU besides what torch reserved


def own_runs(project: Project, machine: Machine, dimensions: Dimensions, model_name: str) -> list[Measured]:
    """Whole trainings of the model on this kind of device, the latest first."""
    return [
        found
        for run in project.ledger.runs()
        for found in _measured(project, run.run_id, machine, dimensions, model_name)
    ]


def _measured(
    project: Project, run_id: str, machine: Machine, dimensions: Dimensions, model_name: str
) -> Iterator[Measured]:
    """Of one run: at most one, and none where its result does not tell enough."""
    try:
        result = msgspec.json.decode((project.run_folder(run_id) / "result.json").read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError):
        return
    plan, training = result.get("plan"), result.get("training")
    if not plan or not training or plan.get("model_name") != model_name:
        return
    if plan.get("accelerator") != machine.accelerator or plan.get("threads") != machine.threads:
        return
    try:
        yield _row(plan, training, machine, dimensions, run_id)
    except (KeyError, TypeError, ValueError, ZeroDivisionError, BadInput):
        return


def _row(
    plan: Mapping[str, Any], training: Mapping[str, Any], machine: Machine, dimensions: Dimensions, run_id: str
) -> Measured:
    """Raises KeyError, TypeError, ValueError or ZeroDivisionError where a number is missing or makes no sense."""
    memory, start = training["memory_gib"], float(training["start_seconds"])
    done = plan["estimate"]["tokens"] * training["step"] / training["steps"]
    rate = done / (training["seconds"] - start)
    peak = memory["resident"] if machine.accelerator == "cpu" else memory["reserved"] + _CUDA_RUNTIME_GIB
    row = {
        "model": plan["model_name"],
        "parameters": dimensions.parameters,
        "method": plan["method"],
        "backend": plan["backend"],
        "accelerator": machine.accelerator,
        "machine": machine.name,
        "threads": machine.threads if machine.accelerator == "cpu" else None,
        "precision": plan["precision"],
        "gradient_checkpointing": plan["gradient_checkpointing"],
        "tflops": machine.tflops,
        "sequence_tokens": plan["sequence_tokens"],
        "micro_batch": plan["micro_batch_size"],
        "tokens_per_second": float(rate),
        "startup_seconds": start or None,
        "peak_gib": float(peak),
        "runtime_gib": None,
        "source": f"run {run_id} of this project",
        "date": run_id[:8],
    }
    return msgspec.convert(row, Measured)
