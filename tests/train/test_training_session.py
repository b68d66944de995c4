"""How a training's events become its state, and how its end becomes an outcome or a message."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from wrapper.backends.protocol import RenderedConfig
from wrapper.errors import BackendFailed, OutOfMemory
from wrapper.process import Identity
from wrapper.train import session
from wrapper.train.session import Progress, TrainOutcome


def progress_after(*events: dict[str, object], **known: object) -> Progress:
    progress = Progress(steps=64, **known)
    for event in events:
        progress.take(event)
    return progress


ARMED = {"event": "armed", "elapsed_seconds": 20.0}
BEGIN = {"event": "begin", "step": 0, "steps": 64, "elapsed_seconds": 30.0}
END = {"event": "end", "step": 64, "steps": 64, "elapsed_seconds": 300.0, "stopped": ""}


def step(number: int) -> dict[str, object]:
    return {"event": "step", "step": number, "steps": 64, "memory_gib": {"resident": 4.5}, "elapsed_seconds": 1.0}


def test_events_make_up_the_state() -> None:
    progress = progress_after(
        ARMED,
        BEGIN,
        {"event": "log", "step": 1, "loss": 2.5, "learning_rate": 1e-3, "tokens": 900},
        step(1),
        {"event": "log", "step": 2, "eval_loss": 1.5},
        {"event": "checkpoint", "step": 2, "folder": "x"},
        {"event": "of a later version"},
    )
    assert (progress.armed, progress.ended, progress.step, progress.steps) == (True, False, 2, 64)
    assert (progress.loss, progress.eval_loss, progress.learning_rate, progress.tokens) == (2.5, 1.5, 1e-3, 900)
    assert (progress.losses, progress.eval_losses) == ([(1, 2.5)], [(2, 1.5)])
    assert progress.memory_gib == {"resident": 4.5}
    progress.take(END)
    assert (progress.ended, progress.stop_reason) == (True, "")


def test_eta_is_at_the_pace_since_this_program_began() -> None:
    assert progress_after(ARMED).eta_seconds is None
    assert progress_after(BEGIN, seconds=30.0).eta_seconds is None
    resumed = progress_after({**BEGIN, "step": 40}, step(44), seconds=50.0)
    assert resumed.eta_seconds == pytest.approx(20 / 4 * 20)


def outcome(code: int, progress: Progress, log: Path, *, interrupted: bool = False) -> TrainOutcome:
    return session._outcome(code, progress, interrupted, log)


def test_done(tmp_path: Path) -> None:
    assert outcome(0, progress_after(ARMED, BEGIN, END), tmp_path / "log").status == "done"


@pytest.mark.parametrize(
    ("stopped", "status"),
    [("budget", "stopped"), ("stop_file", "interrupted"), ("SIGTERM", "interrupted"), ("parent_gone", "interrupted")],
)
def test_why_it_stopped_decides(tmp_path: Path, stopped: str, status: str) -> None:
    progress = progress_after(ARMED, BEGIN, {**END, "stopped": stopped})
    assert outcome(0, progress, tmp_path / "log").status == status


def test_a_ctrl_c_before_the_first_step_is_an_interruption_whatever_the_code(tmp_path: Path) -> None:
    assert outcome(1, progress_after(), tmp_path / "log", interrupted=True).status == "interrupted"


def test_a_failure_quotes_the_end_of_the_log_and_says_where(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("\n".join(["old"] * 30 + ["", "50%\rRuntimeError: no such key"]))
    with pytest.raises(BackendFailed) as failed:
        outcome(1, progress_after(ARMED, BEGIN, step(7)), log)
    assert failed.value.message.startswith("the trainer ended with exit code 1 after step 7 of 64:\n")
    assert failed.value.message.endswith("  RuntimeError: no such key")
    assert len(failed.value.message.splitlines()) == 13
    assert failed.value.hint == f"the whole log is {log}; `--resume` goes on from the last checkpoint"


def test_a_signal_before_the_first_step(tmp_path: Path) -> None:
    with pytest.raises(BackendFailed) as failed:
        outcome(-9, progress_after(ARMED), tmp_path / "log.txt")
    assert failed.value.message == ("the trainer was ended by signal 9 before its first step:\n  (it wrote nothing)")
    assert "--resume" not in failed.value.hint


@pytest.mark.parametrize(
    "said",
    [
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",
        "RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "RuntimeError: [enforce fail at alloc_cpu.cpp:121] . DefaultCPUAllocator: can't allocate memory: you tried",
        "MemoryError",
        "terminate called after throwing an instance of 'std::bad_alloc'",
    ],
)
def test_a_trainer_that_ran_out_of_memory_is_known_by_its_words(tmp_path: Path, said: str) -> None:
    log = tmp_path / "log.txt"
    log.write_text(f"Traceback (most recent call last):\n{said}\nmore words\n")
    with pytest.raises(OutOfMemory):
        outcome(1, progress_after(ARMED, BEGIN, step(1)), log)


@pytest.mark.parametrize("said", ["KeyError: 'memory'", "out_of_memory_callback registered", "no CUDA memory stats"])
def test_other_failures_are_not_taken_for_one(tmp_path: Path, said: str) -> None:
    log = tmp_path / "log.txt"
    log.write_text(said)
    with pytest.raises(BackendFailed) as failed:
        outcome(1, progress_after(ARMED, BEGIN, step(1)), log)
    assert not isinstance(failed.value, OutOfMemory)


def test_one_that_the_machine_killed_says_so(tmp_path: Path) -> None:
    with pytest.raises(BackendFailed) as failed:
        outcome(-9, progress_after(ARMED, BEGIN, step(1)), tmp_path / "log.txt")
    assert "short of memory" in failed.value.hint


def test_a_training_that_stopped_early_is_done(tmp_path: Path) -> None:
    early = progress_after(ARMED, BEGIN, step(30), {**END, "step": 30, "stopped": "early_stopping"})
    assert outcome(0, early, tmp_path / "log").status == "done"
    assert outcome(0, early, tmp_path / "log", interrupted=True).status == "done"


def test_a_clean_end_without_the_plugin_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(BackendFailed, match="nothing watched the budget"):
        outcome(0, progress_after(), tmp_path / "log.txt")


class ScriptedProgram:
    """Stands for a started trainer: each `wait` plays the next turn of a script."""

    def __init__(self, turns: list[object]) -> None:
        self.identity = Identity(pid=4, started=5.0)
        self.turns, self.stopped, self.code = turns, [], None

    def wait(self, timeout: float) -> int | None:
        turn = self.turns.pop(0)
        if callable(turn):
            turn = turn()
        if isinstance(turn, BaseException):
            raise turn
        self.code = turn
        return turn

    def poll(self) -> int | None:
        return self.code

    def stop(self, **how: float) -> int:
        self.stopped.append(how)
        self.code = -15
        return self.code


class Bench:
    """`train` with everything but the program real."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.monkeypatch = folder, monkeypatch
        self.events, self.stop_file = folder / "events.jsonl", folder / "stop"
        self.seen: list[tuple[int, float]] = []
        self.started: list[dict[str, object]] = []

    def write(self, *lines: str, code: int | None = None):
        def turn() -> int | None:
            with self.events.open("a") as stream:
                stream.writelines(line + "\n" for line in lines)
            return code

        return turn

    def train(self, *turns: object, max_seconds: float | None = None) -> TrainOutcome:
        self.program = ScriptedProgram(list(turns))

        def start(argv: list[str], **how: object) -> ScriptedProgram:
            self.started.append({"argv": argv, **how})
            return self.program

        self.monkeypatch.setattr(session.process, "start", start)
        return session.train(
            SimpleNamespace(  # type: ignore[arg-type]
                train_argv=lambda python, config, plan: [str(python), str(config)],
                train_environment=lambda plan: {"ONLY": "here"},
            ),
            SimpleNamespace(  # type: ignore[arg-type]
                steps=2,
                stop_file=self.stop_file,
                events_file=self.events,
                max_seconds=max_seconds,
                accelerator="cuda",
                parallel=SimpleNamespace(world_size=1),
            ),
            RenderedConfig(filename="a.yaml", text="a: é\n", digest=""),
            environment=SimpleNamespace(python=Path("/env/python")),  # type: ignore[arg-type]
            config_file=self.folder / "attempt" / "a.yaml",
            log_file=self.folder / "attempt" / "log.txt",
            on_progress=lambda progress: self.seen.append((progress.step, progress.seconds)),
        )


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


LIVE = (
    '{"event": "armed", "elapsed_seconds": 1}',
    '{"event": "begin", "step": 0, "steps": 2, "elapsed_seconds": 2}',
    '{"event": "step", "step": 2, "steps": 2, "memory_gib": {}, "elapsed_seconds": 3}',
)
ENDED = '{"event": "end", "step": 2, "steps": 2, "stopped": "%s", "elapsed_seconds": 4}'


def test_train_follows_to_the_end(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    bench.stop_file.touch()  # left by an earlier attempt
    found = bench.train(None, bench.write(*LIVE), bench.write(ENDED % "", code=0))
    assert found.status == "done"
    assert (found.progress.pid, found.progress.pid_started, found.progress.step) == (4, 5.0, 2)
    assert [step for step, _ in bench.seen] == [0, 2, 2]
    assert not bench.stop_file.exists()
    assert (tmp_path / "attempt" / "a.yaml").read_text(encoding="utf-8") == "a: é\n"
    (started,) = bench.started
    assert started["argv"] == ["/env/python", str(tmp_path / "attempt" / "a.yaml")]
    assert started["env"]["ONLY"] == "here"  # type: ignore[index]
    assert started["env"]["CUDA_VISIBLE_DEVICES"] == "3"  # type: ignore[index] # one of those that are lent
    assert bench.program.stopped == []


def test_a_ctrl_c_asks_the_trainer_to_save_and_waits_for_it(bench: Bench) -> None:
    found = bench.train(bench.write(*LIVE), KeyboardInterrupt(), None, bench.write(ENDED % "stop_file", code=0))
    assert found.status == "interrupted"
    assert bench.stop_file.exists()
    assert bench.program.stopped == []


def test_a_second_ctrl_c_ends_it(bench: Bench) -> None:
    with pytest.raises(KeyboardInterrupt):
        bench.train(bench.write(*LIVE), KeyboardInterrupt(), None, KeyboardInterrupt())
    assert len(bench.program.stopped) == 1


def test_a_trainer_that_ignores_the_budget_is_ended(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(0, 10_000, 100))
    monkeypatch.setattr(session, "time", SimpleNamespace(monotonic=lambda: float(next(ticks))))
    found = bench.train(bench.write(*LIVE), None, None, None, max_seconds=50.0)
    assert found.status == "stopped"
    assert found.progress.seconds == 300.0  # 50 and the grace of 180, seen at the next poll
    assert len(bench.program.stopped) == 1
