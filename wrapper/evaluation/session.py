"""Measure model arms: write their tasks, run the evaluation worker once, read and grade the raw answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from wrapper import process
from wrapper.data.rows import Row
from wrapper.data.tokens import Tokens
from wrapper.environments import Environment
from wrapper.errors import BackendFailed
from wrapper.evaluation.arms import ArmSetting, prompts_of
from wrapper.evaluation.graders import Grader
from wrapper.evaluation.scores import ArmScores, RowScore
from wrapper.evaluation.tasks import Task, write_task
from wrapper.ledger.events import EventReader
from wrapper.resources import worker_dir
from wrapper.spec.fields import ArmName

_POLL_SECONDS = 0.2
OnEvent = Callable[[dict[str, Any], float], None]


@dataclass(frozen=True, kw_only=True)
class EvaluationSetting:
    """Where and how the arms run. `device` is cpu or cuda, `dtype` a torch name; `labels` for label tasks."""

    model_path: Path
    adapter: Path | None
    device: str
    dtype: str
    threads: int
    batch_size: int
    max_answer_tokens: int
    labels: tuple[str, ...]
    arms: ArmSetting


class _RawRow(msgspec.Struct, frozen=True, kw_only=True):
    row_id: str
    prompt_tokens: int
    response: str = ""
    generated_tokens: int = 0
    loglikelihoods: tuple[float, ...] = ()


def measure_arms(
    arms: Sequence[ArmName],
    *,
    train: Sequence[Row],
    test: Sequence[Row],
    grader: Grader,
    setting: EvaluationSetting,
    environment: Environment,
    folder: Path,
    on_event: OnEvent,
) -> list[ArmScores]:
    """Run the arms on the test rows in one process; label tasks are scored by likelihood too.

    `on_event` gets the worker's events and the seconds so far, also when nothing new happened.
    Raises BackendFailed with the end of the worker's log.
    """
    tokens = Tokens.load(setting.model_path)
    folder.mkdir(parents=True, exist_ok=True)
    until = tokens.end_tokens()
    tasks: dict[str, tuple[ArmName, Task]] = {}
    for arm in arms:
        prompts = tuple(
            tokens.chat_text(prompt, add_generation_prompt=True)
            for prompt in prompts_of(arm, test, train, setting.arms)
        )
        for scoring in ("generated", "likelihood") if setting.labels else ("generated",):
            task = Task(
                name=f"{arm}_{scoring}",
                prompts=prompts,
                choices=setting.labels if scoring == "likelihood" else (),
                until=until,
                max_answer_tokens=setting.max_answer_tokens,
            )
            write_task(task, test, folder)
            tasks[task.name] = (arm, task)
    seconds = _run_worker(tasks, test, setting, environment, folder, on_event)
    return [
        _graded(arm, task, seconds[name], test, grader, folder / f"{name}.raw.jsonl")
        for name, (arm, task) in tasks.items()
    ]


def _run_worker(
    tasks: Mapping[str, tuple[ArmName, Task]],
    test: Sequence[Row],
    setting: EvaluationSetting,
    environment: Environment,
    folder: Path,
    on_event: OnEvent,
) -> dict[str, float]:
    """Seconds of each task."""
    events, log, request = folder / "events.jsonl", folder / "log.txt", folder / "request.json"
    events.unlink(missing_ok=True)
    document = {
        "model": str(setting.model_path),
        "adapter": str(setting.adapter) if setting.adapter else None,
        "dtype": setting.dtype,
        "device": setting.device,
        "threads": setting.threads,
        "batch_size": setting.batch_size,
        "tasks_dir": str(folder),
        "events_file": str(events),
        "tasks": [
            {"name": name, "adapter": arm == "tuned", "rows": len(test), "raw_file": str(folder / f"{name}.raw.jsonl")}
            for name, (arm, _) in tasks.items()
        ],
    }  # fmt: skip
    request.write_bytes(msgspec.json.encode(document))
    started = time.monotonic()
    program = process.start(
        [str(environment.python), str(worker_dir() / "evaluate_arms.py"), str(request)],
        env=process.child_environment(_variables(setting, folder)),
        log_file=log,
    )
    reader, seconds = EventReader(events), dict[str, float]()
    try:
        while True:
            ended = program.wait(_POLL_SECONDS)
            for event in reader.read_new() or [{"event": "waiting"}]:
                on_event(event, time.monotonic() - started)
                if event["event"] == "task_done":
                    seconds[event["task"]] = float(event["seconds"])
            if ended is not None:
                break
    finally:
        if program.poll() is None:
            program.stop(interrupt_seconds=0, terminate_seconds=5)
    if ended != 0 or len(seconds) != len(tasks):
        raise BackendFailed(
            f"the evaluation ended with exit code {ended}:\n{_tail(log)}",
            hint=f"the whole log is {log}; is the environment well? `thriftune backend check trl`",
        )
    return seconds


def _variables(setting: EvaluationSetting, folder: Path) -> dict[str, str]:
    return {
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_DATASETS_CACHE": str(folder / "datasets"),
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": str(setting.threads),
        "OMP_WAIT_POLICY": "PASSIVE",  # see wrapper/backends/axolotl.py
    }


def _tail(log: Path, lines: int = 12) -> str:
    if not log.exists():
        return "(it wrote nothing)"
    text = log.read_bytes()[-20_000:].decode("utf-8", "replace").replace("\r", "\n")
    return "\n".join(f"  {line}" for line in text.splitlines()[-lines:])


def _graded(
    arm: ArmName, task: Task, seconds: float, test: Sequence[Row], grader: Grader, raw_file: Path
) -> ArmScores:
    raw = {row.row_id: row for row in msgspec.json.Decoder(_RawRow).decode_lines(raw_file.read_bytes())}
    if absent := [row.row_id for row in test if row.row_id not in raw]:
        raise BackendFailed(
            f"the evaluation answered {len(test) - len(absent)} of {len(test)} rows of `{task.name}`",
            hint=f"see {raw_file}; is the environment well? `thriftune backend check trl`",
        )
    scored = []
    for row in test:
        answer = raw[row.row_id]
        response = answer.response
        if task.choices:
            response = task.choices[max(range(len(task.choices)), key=answer.loglikelihoods.__getitem__)]
        scored.append(
            RowScore(
                row_id=row.row_id,
                response=response,
                grade=grader.grade(response, row.answer),
                prompt_tokens=answer.prompt_tokens,
                generated_tokens=answer.generated_tokens,
            )
        )
    return ArmScores(
        arm=arm,
        scoring="likelihood" if task.choices else "generated",
        metric=grader.name,
        rows=tuple(scored),
        seconds=seconds,
    )
