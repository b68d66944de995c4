"""A small project on disk, and a ladder whose training and model arms are replaced at their seams."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from tokenizers import Tokenizer, models, pre_tokenizers

from wrapper.environments import Environment
from wrapper.errors import BackendFailed, OutOfMemory, ThriftuneError
from wrapper.evaluation.answers import Answer, OnAnswer, Question
from wrapper.evaluation.classical import ClassicalResult
from wrapper.evaluation.local_engine import LocalEngine
from wrapper.ledger.store import Ledger
from wrapper.pipeline import attempt, ladder, measurement, planning
from wrapper.pipeline.project import open_project
from wrapper.pipeline.results import RunResult
from wrapper.pipeline.run import Run
from wrapper.plan.machine import Machine
from wrapper.spec.read import LoadedSpec, load_spec
from wrapper.train.session import Progress, TrainOutcome

TEST_ROWS = 40
LAPTOP = Machine(accelerator="cpu", name="EPYC", memory_gib=15.6, threads=2, bf16=True, compute_capability=None)
CONFIG = {
    "model_type": "llama",
    "attention_bias": False,
    "head_dim": 64,
    "hidden_size": 576,
    "intermediate_size": 1536,
    "max_position_embeddings": 8192,
    "num_attention_heads": 9,
    "num_hidden_layers": 30,
    "num_key_value_heads": 3,
    "tie_word_embeddings": True,
    "vocab_size": 49152,
}
CHATML = (
    "{% for m in messages %}<|im_start|> {{ m.role }} {{ m.content }} <|im_end|> {% endfor %}"
    "{% if add_generation_prompt %}<|im_start|> assistant {% endif %}"
)


class Told:
    """A reporter that keeps what it was told."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str, bool]] = []
        self.notes: list[str] = []
        self.bars: list[str] = []

    def step(self, name: str, text: str, *, seconds: float | None = None, reused: bool = False) -> None:
        self.steps.append((name, text, reused))

    def note(self, text: str) -> None:
        self.notes.append(text)

    def update(self, done: float, total: float, text: str = "") -> None:
        self.bars.append(f"{done:.0f}/{total:.0f} {text}")

    @contextmanager
    def bar(self, name: str) -> Iterator[Told]:
        yield self


def _rows(count: int, prefix: str) -> str:
    rows = ({"input": f"what is {prefix} {n}?", "output": f"{prefix} answer {n}"} for n in range(count))
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Rows and a model folder with a real, tiny tokenizer; no spec yet."""
    made = tmp_path / "project"
    made.mkdir()
    (made / "train.jsonl").write_text(_rows(120, "apple"))
    (made / "test.jsonl").write_text(_rows(TEST_ROWS, "pear"))
    model = made / "model"
    model.mkdir()
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(model / "tokenizer.json"))
    settings = {"chat_template": CHATML, "eos_token": "<|im_end|>"}
    (model / "tokenizer_config.json").write_text(json.dumps(settings))
    (model / "config.json").write_text(json.dumps(CONFIG))
    (model / "model.safetensors").write_bytes(b"weights")
    return made


@pytest.fixture
def write_spec(folder: Path):
    """Write thriftune.yaml, tables given replaced key by key, and load it."""

    def write(**tables: dict[str, Any]) -> LoadedSpec:
        spec: dict[str, Any] = {
            "version": 1,
            "task": {"name": "fruit", "kind": "qa", "metric": "exact_match", "target": 0.8, "prompt": "Answer."},
            "data": {"train": "train.jsonl", "test": "test.jsonl"},
            "model": {"base": "./model"},
            "evaluation": {"arms": ["classical", "prompted", "tuned"], "prompt_search": False},
            "budget": {"gpu": "cpu", "usd_per_hour": 3.6},
        }
        for table, values in tables.items():
            spec[table] = {**spec.get(table, {}), **values}
        file = folder / "thriftune.yaml"
        file.write_text(yaml.safe_dump(spec), encoding="utf-8")
        return load_spec(file)

    return write


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def make_run(write_spec, told: Told):
    """A run under way in the project, without the ladder around it."""

    def make(loaded: LoadedSpec | None = None, **changes: Any) -> Run:
        loaded = loaded or write_spec()
        project = open_project(loaded.folder)
        known: dict[str, Any] = {
            "project": project,
            "loaded": loaded,
            "run_id": project.ledger.start_run(command="run", task="fruit", pid_started=0.0),
            "reporter": told,
            "overrides": {},
            "resume": False,
            "usd_per_hour": 3.6,
        }
        return Run(**(known | changes))

    return make


def save_checkpoint(output_dir: Path, step: int) -> None:
    """A whole checkpoint, as far as thriftune looks into one."""
    checkpoint = output_dir / f"checkpoint-{step}"
    checkpoint.mkdir(parents=True, exist_ok=True)
    (checkpoint / "adapter_model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    (checkpoint / "trainer_state.json").write_text("{}")


class FakeEngine(LocalEngine):
    """The real engine but for its worker: who asks is answered by the world, rightly up to its row `right`."""

    def __init__(self, world: FakeWorld, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.world, self.begun = world, False

    def answer(self, name: str, questions: Sequence[Question], *, tuned: bool, on_answer: OnAnswer) -> None:
        arm = name.rpartition("_")[0]
        if not self.begun:
            self._started()
            self.begun = True
        self.world.measured.append(arm)
        if self.world.dies_at == arm:
            raise BackendFailed("no")
        for place, question in enumerate(questions):
            self._tick()
            fruit, number = re.findall(r"what is (\w+) (\d+)", question.turns[-1].content)[-1]
            said = f"{fruit} answer {number}" if int(number) < self.world.right.get(arm, 0) else "?"
            on_answer(place, Answer(response=said, seconds=0.05, prompt_tokens=7, generated_tokens=3))


class FakeWorld:
    """What the ladder would pay for. `right` maps an arm to how many test rows it answers rightly;
    `endings` are played by the trainings in turn: a status, an exception, or `done` when used up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.right = {"classical": 4, "prompted": 2, "tuned": 30}
        self.endings: list[str | BaseException] = []
        self.measured: list[str] = []
        self.dies_at = ""
        self.step_seconds = 1.5
        self.trained: list[Any] = []
        self.rows: list[list[Any]] = []  # what each training was given

    def predict(self, kind: str, train: object, validation: object, test: Sequence[Any], **_: Any) -> ClassicalResult:
        self.measured.append("classical")
        right = self.right["classical"]
        answers = [row.answer if n < right else "?" for n, row in enumerate(test)]
        return ClassicalResult(responses=answers, method="nearest row", fit_seconds=0.0, candidates=[])

    def engine(self, *given: Any, **named: Any) -> FakeEngine:
        return FakeEngine(self, *given, **named)

    @property
    def resumed(self) -> list[str | None]:
        """The checkpoint that each training went on from."""
        return [plan.resume_from.name if plan.resume_from else None for plan in self.trained]

    def train(self, backend: Any, plan: Any, rendered: Any, *, on_progress: Any, **_: Any) -> TrainOutcome:
        self.trained.append(plan)
        self.rows.append([json.loads(line) for line in plan.train_file.read_text().splitlines()])
        ending = self.endings.pop(0) if self.endings else "done"
        if isinstance(ending, OutOfMemory):
            raise ending
        step = plan.steps if ending == "done" else 3
        progress = Progress(step=step, steps=plan.steps, loss=0.5, losses=[(1, 2.0), (step, 0.5)], seconds=10.0)
        progress.begun_at, progress.step_seconds, progress.memory_gib = 4.0, self.step_seconds, {"resident": 2.5}
        on_progress(progress)
        save_checkpoint(plan.output_dir, step)
        (plan.output_dir / "adapter_model.safetensors").write_bytes(f"{plan.learning_rate} {plan.lora_r}".encode())
        if isinstance(ending, BaseException):
            raise ending
        progress.stop_reason = {"stopped": "budget", "interrupted": "stop_file"}.get(ending, "")
        return TrainOutcome(status=ending, progress=progress)  # type: ignore[arg-type]

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.folder / ".thriftune" / "ledger")


@pytest.fixture
def world(folder: Path, monkeypatch: pytest.MonkeyPatch) -> FakeWorld:
    made = FakeWorld(folder)

    def require(backend: str, accelerator: str) -> Environment:
        return Environment(
            backend=backend, accelerator="cpu", folder=folder, python=folder / "python", lock_digest=backend
        )

    monkeypatch.setattr(ladder, "detect_machine", lambda gpu: LAPTOP)
    monkeypatch.setattr(planning, "planned_machine", lambda gpu: LAPTOP)
    monkeypatch.setattr(ladder, "require", require)
    monkeypatch.setattr(measurement, "predict", made.predict)
    monkeypatch.setattr(measurement, "LocalEngine", made.engine)
    monkeypatch.setattr(attempt, "train", made.train)
    return made


@pytest.fixture
def climb(world: FakeWorld, write_spec, told: Told):
    """Run the ladder on a spec (the usual one if none is given)."""

    def run(loaded: LoadedSpec | None = None, **how: Any) -> tuple[RunResult, ThriftuneError | None]:
        return ladder.run_ladder(loaded or write_spec(), reporter=told, **{"overrides": {}, **how})

    return run
