"""The model of a folder as an engine: one worker process in the evaluation environment, started when first asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from wrapper import process
from wrapper.data.tokens import Tokens
from wrapper.environments import Environment
from wrapper.errors import BackendFailed
from wrapper.evaluation.answers import Answer, OnAnswer, Question
from wrapper.ledger.events import EventReader
from wrapper.resources import worker_dir

_POLL_SECONDS = 0.05
_BATCH_TOKENS = {"cpu": 8_192, "cuda": 131_072}
ANSWERS_VERSION = 1  # raise it where the worker would answer the same question otherwise


@dataclass(frozen=True, kw_only=True)
class LocalModel:
    """What answers. `digest` stands for the weights, `adapter_digest` for the adapter's, empty without one.

    `device` is cpu or cuda, `dtype` a torch name; `batch_size` rows are answered at once, as many as fit if None.
    """

    path: Path
    digest: str
    adapter: Path | None = None
    adapter_digest: str = ""
    device: str
    dtype: str
    threads: int
    batch_size: int | None


class LocalEngine:
    """Use it in a `with` block: the worker ends with it.

    `started` is called before the worker is; `tick` again and again while it is waited for, and may raise to stop.
    `online` lets the worker fetch the data of lm-eval's own tasks.
    """

    def __init__(
        self,
        model: LocalModel,
        environment: Environment,
        folder: Path,
        *,
        started: Callable[[], None] = lambda: None,
        tick: Callable[[], None] = lambda: None,
        online: bool = False,
    ) -> None:
        self.model, self.environment, self.folder, self.online = model, environment, folder, online
        self._started, self._tick = started, tick
        self._program: process.Program | None = None
        self._requests = 0

    def __enter__(self) -> LocalEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def events_file(self) -> Path:
        return self.folder / "events.jsonl"

    def close(self) -> None:
        """End the worker, if one was started."""
        program, self._program = self._program, None
        if program is not None and program.poll() is None:
            program.stop(interrupt_seconds=0, terminate_seconds=5)

    def key(self, question: Question, *, tuned: bool) -> str:
        return self._digest(ANSWERS_VERSION, self._asked(question), tuned=tuned)

    def task_key(self, task: str, rows_digest: str, rows: int, *, tuned: bool) -> str:
        """The same for so many rows of one of lm-eval's own tasks."""
        return self._digest("lm_eval", task, rows_digest, rows, tuned=tuned)

    def _digest(self, *asked: object, tuned: bool) -> str:
        model = self.model
        of_model = (model.digest, model.adapter_digest if tuned else "", model.dtype, self.environment.lock_digest)
        return sha256(msgspec.json.encode((of_model, asked))).hexdigest()

    def answer(self, name: str, questions: Sequence[Question], *, tuned: bool, on_answer: OnAnswer) -> None:
        """Raises BackendFailed with the end of the worker's log."""
        file = self.folder / f"{self._requests + 1:03d}-{name}.questions.jsonl"
        self.folder.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as stream:
            for question in questions:
                stream.write(msgspec.json.encode(self._asked(question)) + b"\n")
        request = {"kind": "answer", "name": name, "adapter": tuned, "questions_file": str(file)}
        answered = 0
        for event in self._ask(request):
            if event["event"] == "answer":
                answered += 1
                on_answer(event["index"], _answer(event))
        if answered != len(questions):
            raise self._failed(f"the evaluation answered {answered} of {len(questions)} rows of `{name}`")

    def lm_eval_scores(self, task: Mapping[str, Any], rows: int, *, tuned: bool) -> tuple[str, dict[str, float]]:
        """An lm-eval task's first metric, and the score of each of its first rows by their numbers."""
        request = {"kind": "lm_eval", "name": task["task"], "adapter": tuned, "task": task, "rows": rows}
        metric, scores = "", dict[str, float]()
        for event in self._ask(request):
            if event["event"] == "scores":
                metric, scores = str(event["metric"]), event["scores"]
        return metric, scores

    def _asked(self, question: Question) -> dict[str, Any]:
        end = self._until[0] if self._until else ""
        return {
            "prompt": self._tokens.chat_text(question.turns, add_generation_prompt=True),
            "choices": [choice + end for choice in question.choices],
            "until": self._until,
            "max_gen_toks": question.max_answer_tokens,
        }

    @cached_property
    def _tokens(self) -> Tokens:
        return Tokens.load(self.model.path)

    @cached_property
    def _until(self) -> tuple[str, ...]:
        """The texts that end an answer."""
        return self._tokens.end_tokens()

    def _ask(self, request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Send a request; yields the worker's events until it is done."""
        if self._program is None:
            self._start()
        assert self._program is not None
        self._requests += 1
        with (self.folder / "requests.jsonl").open("ab") as stream:
            stream.write(msgspec.json.encode(request) + b"\n")
        while True:
            ended = self._program.wait(_POLL_SECONDS)
            self._tick()
            for event in self._reader.read_new():
                if event["event"] == "task_done":
                    return
                yield event
            if ended is not None:
                self._program = None
                raise self._failed(f"the evaluation ended with exit code {ended}")

    def _start(self) -> None:
        self._started()
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("events.jsonl", "requests.jsonl"):
            (self.folder / name).unlink(missing_ok=True)
        model = self.model
        setting = {
            "model": str(model.path),
            "adapter": str(model.adapter) if model.adapter else None,
            "dtype": model.dtype,
            "device": model.device,
            "threads": model.threads,
            "batch_size": model.batch_size,
            "batch_tokens": _BATCH_TOKENS[model.device],
            "requests_file": str(self.folder / "requests.jsonl"),
            "events_file": str(self.events_file),
        }
        file = self.folder / "setting.json"
        file.write_bytes(msgspec.json.encode(setting))
        self._reader = EventReader(self.events_file)
        self._program = process.start(
            [str(self.environment.python), str(worker_dir() / "evaluate_arms.py"), str(file)],
            env=process.child_environment(self._variables()),
            log_file=self._log,
        )

    @property
    def _log(self) -> Path:
        return self.folder / "log.txt"

    def _variables(self) -> dict[str, str]:
        offline = {} if self.online else {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
        return {
            **offline,
            "HF_DATASETS_CACHE": str(self.folder / "datasets"),
            "TOKENIZERS_PARALLELISM": "false",
            "OMP_NUM_THREADS": str(self.model.threads),
            "OMP_WAIT_POLICY": "PASSIVE",  # see wrapper/backends/axolotl.py
        }

    def _failed(self, what: str) -> BackendFailed:
        return BackendFailed(
            f"{what}:\n{_tail(self._log)}",
            hint=f"the whole log is {self._log}; is the environment well? `thriftune backend check trl`",
        )


def _answer(event: Mapping[str, Any]) -> Answer:
    return Answer(
        response=event.get("response", ""),
        loglikelihoods=tuple(event.get("loglikelihoods", ())),
        prompt_tokens=event["prompt_tokens"],
        generated_tokens=event.get("generated_tokens", 0),
        seconds=event["seconds"],
        prompt_cut=event["cut"],
    )


def _tail(log: Path, lines: int = 12) -> str:
    if not log.exists():
        return "(it wrote nothing)"
    text = log.read_bytes()[-20_000:].decode("utf-8", "replace").replace("\r", "\n")
    return "\n".join(f"  {line}" for line in text.splitlines()[-lines:])
