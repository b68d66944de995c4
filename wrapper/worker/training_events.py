"""A Trainer callback, run inside a backend environment: JSON-lines events out, budget and stop file in."""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

import psutil
import torch
from transformers import TrainerCallback


def process_seconds() -> float:
    """Wall-clock seconds since this process started, its imports counted in."""
    return max(0.0, time.time() - psutil.Process().create_time())


def peak_memory_gib() -> dict[str, float]:
    """Peak memory: `allocated` and `reserved` on a GPU, `resident` of the process otherwise (GiB)."""
    if torch.cuda.is_available():
        return {
            "allocated": torch.cuda.max_memory_allocated() / 2**30,
            "reserved": torch.cuda.max_memory_reserved() / 2**30,
        }
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
    return {"resident": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30}


class TrainingEvents(TrainerCallback):
    """Write what happens, a line an event, and stop in good order.

    Training saves a checkpoint and stops when the stop file appears, when the next step would pass
    `max_seconds` (counted from the start of the process), on SIGINT or SIGTERM, and when the program
    that started it is gone: nobody would be counting the money any more.
    """

    def __init__(self, *, events_file: str, stop_file: str, max_seconds: float | None) -> None:
        self.events_file = Path(events_file)
        self.stop_file = Path(stop_file)
        self.max_seconds = max_seconds
        self.parent = os.getppid()
        self.signal_name = ""
        self.started = time.monotonic() - process_seconds()
        self.step_started = time.monotonic()
        self.slowest_step = 0.0
        self.tokens = 0
        self.stopped = ""
        self.emit("armed", parent=self.parent, max_seconds=max_seconds)

    def _remember_signal(self, number: int, _frame: object) -> None:
        self.signal_name = signal.Signals(number).name

    def elapsed(self) -> float:
        return time.monotonic() - self.started

    def emit(self, event: str, **values: object) -> None:
        """Append one event; a line is written whole, so that a kill leaves at most the last one torn."""
        record = {"event": event, "elapsed_seconds": round(self.elapsed(), 3), **values}
        with self.events_file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(record) + "\n")

    def stop_reason(self) -> str:
        """Why training should stop now, or an empty string."""
        if self.max_seconds is not None and self.elapsed() + self.slowest_step > self.max_seconds:
            return "budget"
        if self.stop_file.exists():
            return "stop_file"
        if self.signal_name:
            return self.signal_name
        return "parent_gone" if os.getppid() != self.parent else ""

    def on_train_begin(self, args, state, control, **kwargs):
        for number in (signal.SIGINT, signal.SIGTERM):  # a backend may have put its own handler there
            signal.signal(number, self._remember_signal)
        self.emit("begin", step=state.global_step, steps=state.max_steps)
        self.step_started = time.monotonic()

    def on_step_begin(self, args, state, control, **kwargs):
        self.step_started = time.monotonic()

    def on_step_end(self, args, state, control, **kwargs):
        if torch.cuda.is_available():
            torch.cuda.synchronize()  # a step has not ended before the device is done with it
        seconds = time.monotonic() - self.step_started
        self.slowest_step = max(self.slowest_step, seconds)
        self.emit("step", step=state.global_step, steps=state.max_steps, step_seconds=round(seconds, 3),
                  memory_gib=peak_memory_gib())  # fmt: skip
        reason = self.stop_reason()
        if reason and state.global_step < state.max_steps:
            self.stopped = reason
            control.should_save = control.should_training_stop = True
        return control

    def on_log(self, args, state, control, logs=None, **kwargs):
        names = ("loss", "grad_norm", "learning_rate", "eval_loss")
        logs = logs or {}
        # Axolotl's count, TRL's, the Trainer's own
        seen = logs.get("tokens/total") or logs.get("num_tokens") or state.num_input_tokens_seen
        self.tokens = int(seen or self.tokens)
        values = {name: float(logs[name]) for name in names if name in logs}
        if values:
            self.emit("log", step=state.global_step, tokens=self.tokens, **values)

    def on_save(self, args, state, control, **kwargs):
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        self.emit("checkpoint", step=state.global_step, folder=str(folder))

    def on_train_end(self, args, state, control, **kwargs):
        if not self.stopped and state.global_step < state.max_steps:
            self.stopped = "early_stopping"  # nobody but the callback of that name ends a training before its time
        self.emit("end", step=state.global_step, steps=state.max_steps, stopped=self.stopped)
