"""Programs are started without secrets, held to their time, and ended with all that they started."""

from __future__ import annotations

import signal
import sys
import time

import psutil
import pytest

from wrapper.process import child_environment, is_alive, programs, run, start, withhold

# Starts a child that outlives it unless the whole group is ended, and prints the child's id.
WITH_CHILD = (
    "import subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print(child.pid, flush=True);"
)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def gone(pid: int) -> bool:
    """True once a process has ended (a zombie has): it may take the kernel a moment."""
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_secrets_and_the_callers_packages_are_not_passed_on(monkeypatch):
    for name in ("HF_TOKEN", "RUNPOD_API_KEY", "WANDB_API_KEY", "PYTHONPATH", "VIRTUAL_ENV", "LANG"):
        monkeypatch.setenv(name, f"value of {name}")
    passed = child_environment({"EXTRA": "1"})
    assert passed["LANG"] == "value of LANG"
    assert passed["EXTRA"] == "1"
    assert not {"HF_TOKEN", "RUNPOD_API_KEY", "WANDB_API_KEY", "PYTHONPATH", "VIRTUAL_ENV"} & passed.keys()


def test_a_secret_is_passed_on_when_asked_for(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "a")
    monkeypatch.setenv("WANDB_API_KEY", "b")
    passed = child_environment(pass_secrets={"HF_TOKEN"})
    assert passed["HF_TOKEN"] == "a"
    assert "WANDB_API_KEY" not in passed


def test_any_api_key_is_a_secret(monkeypatch):
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "any_api_key", "API_KEY"):
        monkeypatch.setenv(name, "hidden")
    assert "hidden" not in child_environment().values()
    assert child_environment(pass_secrets={"OPENAI_API_KEY"})["OPENAI_API_KEY"] == "hidden"


def test_a_variable_that_a_spec_names_is_withheld(monkeypatch):
    monkeypatch.setattr(programs, "_withheld", set())
    monkeypatch.setenv("MY_SECRET", "hidden")
    assert "MY_SECRET" in child_environment()
    withhold("MY_SECRET")
    assert "MY_SECRET" not in child_environment()


def test_extra_variables_may_name_a_path_of_packages(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/of/the/caller")
    assert child_environment({"PYTHONPATH": "/worker"})["PYTHONPATH"] == "/worker"


@pytest.mark.real
class TestRun:
    def test_output_and_exit_code(self):
        ended = run(python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"))
        assert (ended.returncode, ended.stdout, ended.stderr, ended.timed_out) == (3, "out\n", "err\n", False)

    def test_a_secret_does_not_reach_the_program(self, monkeypatch):
        monkeypatch.setenv("HF_TOKEN", "hidden")
        ended = run(python("import os; print(os.environ.get('HF_TOKEN'))"))
        assert ended.stdout == "None\n"

    def test_time_is_up_for_the_whole_group(self):
        began = time.monotonic()
        ended = run(python(WITH_CHILD + "time.sleep(60)"), timeout=1.5)
        assert ended.timed_out
        assert ended.returncode == -signal.SIGTERM
        assert time.monotonic() - began < 20
        assert gone(int(ended.stdout))

    def test_nothing_that_it_started_stays_when_it_ends(self):
        ended = run(python(WITH_CHILD))
        assert ended.returncode == 0
        assert gone(int(ended.stdout))

    def test_lines_come_one_by_one_and_both_streams_are_one(self):
        lines: list[str] = []
        ended = run(
            python("import sys; print('one', flush=True); print('two', file=sys.stderr); sys.exit(5)"),
            on_line=lines.append,
        )
        assert lines == ["one", "two"]
        assert (ended.returncode, ended.stdout) == (5, "one\ntwo\n")

    def test_time_is_up_while_lines_are_read(self):
        ended = run(python("import time; print('x', flush=True); time.sleep(60)"), on_line=str, timeout=1.5)
        assert ended.timed_out
        assert ended.stdout == "x\n"

    def test_a_listener_that_fails_ends_the_program(self):
        seen: list[int] = []

        def fail(line: str) -> None:
            seen.append(int(line))
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run(python("import os, time; print(os.getpid(), flush=True); time.sleep(60)"), on_line=fail)
        assert gone(seen[0])

    def test_output_into_a_file_is_appended(self, tmp_path):
        log = tmp_path / "logs" / "out.txt"
        for word in ("first", "second"):
            assert run(python(f"print('{word}')"), stdout_file=log).stdout == ""
        assert log.read_text() == "first\nsecond\n"


@pytest.mark.real
class TestStart:
    SAVES_ON_INTERRUPT = (
        "import signal, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell ignores it for what it starts with &
        "print('ready', flush=True)\n"
        "try:\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    print('saved', flush=True)\n"
    )
    STUBBORN = (
        "import signal, time\n"
        "for number in (signal.SIGINT, signal.SIGTERM):\n    signal.signal(number, signal.SIG_IGN)\n"
        "print('ready', flush=True)\ntime.sleep(60)\n"
    )

    @staticmethod
    def ready(log) -> None:
        for _ in range(200):
            if log.exists() and "ready" in log.read_text():
                return
            time.sleep(0.05)
        raise AssertionError("the program did not start")

    def test_an_interrupt_comes_first_so_that_it_can_save(self, tmp_path):
        log = tmp_path / "log"
        program = start(python(self.SAVES_ON_INTERRUPT), log_file=log)
        self.ready(log)
        assert program.poll() is None
        assert is_alive(program.identity)
        assert program.stop(interrupt_seconds=20) == 0
        assert log.read_text() == "ready\nsaved\n"
        assert not is_alive(program.identity)

    def test_what_ignores_signals_is_killed(self, tmp_path):
        log = tmp_path / "log"
        program = start(python(self.STUBBORN), log_file=log)
        self.ready(log)
        assert program.wait(0.1) is None
        assert program.stop(interrupt_seconds=0.5, terminate_seconds=0.5) == -signal.SIGKILL
        assert program.stop() == -signal.SIGKILL  # a second stop does nothing

    def test_a_program_that_is_not_there(self):
        with pytest.raises(FileNotFoundError):
            start(["no-such-program-as-this"])
