"""One cell of a GPU check: trained as `thriftune train` does it, and measured from its events."""

from __future__ import annotations

import json
import math
import re
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from gpu_device import driver_version, used_gib
from gpu_grid import MODELS, Cell, rows_of

from wrapper.backends import get_backend
from wrapper.backends.protocol import TrainingPlan
from wrapper.data.tokens import Tokens
from wrapper.data.writing import training_lines
from wrapper.environments import Environment
from wrapper.errors import BackendFailed
from wrapper.pipeline.rendering import checked
from wrapper.plan.machine import Machine
from wrapper.plan.numbers import numbers_of
from wrapper.presets.measured import Measured
from wrapper.spec.fields import Data, Model, Parallel, Spec, Task, Training
from wrapper.train.session import Progress, train

Events = list[dict[str, Any]]


class TimeIsUp(Exception):
    """A training takes longer than it may."""


def train_cell(
    cell: Cell,
    environment: Environment,
    machine: Machine,
    *,
    model: Path,
    work: Path,
    warmup: int,
    timed: int,
    max_seconds: float,
) -> dict[str, Any]:
    """Run `warmup` steps and `timed` ones; `status` says how it ended, `events` what it told."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    plan = plan_of(cell, machine, model=model, work=work, steps=warmup + timed, max_seconds=max_seconds)
    write_rows(plan)
    backend = get_backend(cell.backend)
    rendered = checked(backend, backend.render(plan))
    began, used = time.monotonic(), 0.0

    def watch(progress: Progress) -> None:
        nonlocal used
        if progress.seconds > max_seconds:
            raise TimeIsUp
        if machine.accelerator == "cuda" and progress.step > warmup:
            used = max(used, used_gib())

    ended: dict[str, Any]
    try:
        outcome = train(
            backend,
            plan,
            rendered,
            environment=environment,
            config_file=work / rendered.filename,
            log_file=work / "log.txt",
            on_progress=watch,
        )
        ended = {"status": {"done": "measured", "stopped": "timed_out"}.get(outcome.status, outcome.status)}
    except BackendFailed as failure:
        memory = re.search(r"out ?of ?memory", f"{failure.hint} {failure.message}", re.IGNORECASE)
        ended = {"status": "out_of_memory" if memory else "failed", "message": failure.message}
    except TimeIsUp:
        ended = {"status": "timed_out", "message": f"it took longer than {max_seconds:.0f} s"}
    ended |= {
        "seconds": round(time.monotonic() - began, 1),
        "precision": plan.precision,
        "device_used_gib": round(used, 3) or None,
    }
    if ended["status"] == "measured":
        assert plan.events_file is not None
        ended["events"] = [json.loads(line) for line in plan.events_file.read_text("utf-8").splitlines()]
    return ended


def plan_of(
    cell: Cell, machine: Machine, *, model: Path, work: Path, steps: int, max_seconds: float
) -> TrainingPlan:
    """As a plan decides it for this device, but for the cell's shape and the length."""
    spec = Spec(
        version=1,
        task=Task(name="speed", kind="chat", metric="exact_match", target=1),
        data=Data(train="rows.jsonl"),
        model=Model(base=str(model)),
        training=Training(backend=cell.backend, method=cell.method),  # type: ignore[arg-type]
    )
    numbers = numbers_of(spec, None, machine, MODELS[cell.model][1].parameters)
    return TrainingPlan(
        model_path=model,
        method=cell.method,
        accelerator=machine.accelerator,
        precision=numbers.precision,
        attention=numbers.attention,
        sequence_tokens=cell.sequence_tokens,
        micro_batch_size=cell.micro_batch,
        gradient_accumulation_steps=1,
        steps=steps,
        learning_rate=numbers.learning_rate,
        lr_scheduler=numbers.lr_scheduler,
        warmup_steps=2,
        weight_decay=numbers.weight_decay,
        optimizer=numbers.optimizer,
        lora_r=numbers.lora_r,
        lora_alpha=numbers.lora_alpha,
        lora_dropout=numbers.lora_dropout,
        lora_variant="standard",
        objective="chat",
        kernels=(),
        parallel=Parallel(),
        gradient_checkpointing=cell.gradient_checkpointing,
        sample_packing=False,
        end_of_turn=Tokens.load(model).end_of_turn(),
        eval_steps=None,
        save_steps=steps,
        early_stopping_patience=None,
        seed=numbers.seed,
        train_file=work / "rows.jsonl",
        validation_file=None,
        prepared_dir=work / "prepared",
        output_dir=work / "adapter",
        resume_from=None,
        events_file=work / "events.jsonl",
        stop_file=work / "stop",
        max_seconds=max_seconds,
        threads=machine.threads,
    )


def write_rows(plan: TrainingPlan) -> None:
    rows = rows_of(Tokens.load(plan.model_path), plan.sequence_tokens, plan.micro_batch_size * plan.steps)
    plan.train_file.write_bytes(training_lines(rows, ""))


def losses_of(events: Events) -> dict[int, float]:
    return {event["step"]: event["loss"] for event in events if event["event"] == "log" and "loss" in event}


def fault_in(events: Events, steps: int) -> str:
    """What is wrong with a training that ended well, or an empty string."""
    losses = losses_of(events)
    good = len(losses) == steps and all(math.isfinite(loss) for loss in losses.values())
    return "" if good else f"losses of {steps} steps: {list(losses.values())}"


def seconds_of(events: Events) -> dict[int, float]:
    """When training began, as step 0, and when each step was done, since the start of the process.

    Taken from the logs: a log reads the loss and so waits for the GPU, the end of a step does not.
    """
    told = {event["step"]: event["elapsed_seconds"] for event in events if "loss" in event}
    begun = next(event["elapsed_seconds"] for event in events if event["event"] == "begin")
    return {0: begun, **told}


def measured_row(
    cell: Cell,
    machine: Machine,
    facts: Mapping[str, Any],
    events: Events,
    *,
    precision: str,
    warmup: int,
    timed: int,
) -> Measured:
    """The steps after the warm-up, in the format that estimates start from."""
    done = seconds_of(events)
    memory = [event["memory_gib"] for event in events if event["event"] == "step"][-1]
    cuda = machine.accelerator == "cuda"
    versions = [f"{name} {version}" for name, version in facts["versions"].items()]
    if cuda:
        versions.append(f"driver {driver_version()}")
    name, dimensions = MODELS[cell.model]
    row = {
        "model": name,
        "parameters": dimensions.parameters,
        "method": cell.method,
        "backend": cell.backend,
        "accelerator": machine.accelerator,
        "machine": machine.name,
        "threads": None if cuda else machine.threads,
        "precision": precision,
        "gradient_checkpointing": cell.gradient_checkpointing,
        "tflops": machine.tflops,
        "sequence_tokens": cell.sequence_tokens,
        "micro_batch": cell.micro_batch,
        "tokens_per_second": round(
            cell.sequence_tokens * cell.micro_batch * timed / (done[warmup + timed] - done[warmup]), 1
        ),
        "startup_seconds": round(done[0], 1),
        # torch counts neither the device's context nor its libraries
        "peak_gib": round(memory["reserved"] + facts["runtime_gib"] if cuda else memory["resident"], 2),
        "runtime_gib": round(facts["runtime_gib"], 2),
        "source": f"scripts/gpu_check: {', '.join(versions)}; random weights, {timed} steps after {warmup}",
        "date": time.strftime("%Y-%m-%d"),
    }
    return msgspec.convert(row, Measured)
