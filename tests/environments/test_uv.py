"""Which uv is taken, and what happens when none can be had."""

from __future__ import annotations

import sys

import pytest

from wrapper.environments.uv import find_uv
from wrapper.errors import EnvironmentFault
from wrapper.process import Completed

pytestmark = pytest.mark.usefixtures("cache")


def answering(versions: dict[str, str]):
    """A runner in which only the named programs start; all that is asked is kept in `.asked`."""

    def run(argv: list[str], **settings: object) -> Completed:
        run.asked.append(argv)
        text = versions.get(argv[0], "")
        return Completed(
            argv=tuple(argv),
            returncode=0 if text else 1,
            stdout=text,
            stderr="" if text else "ensurepip is not available",
            elapsed_seconds=0.0,
            timed_out=False,
        )

    run.asked = []
    return run


@pytest.fixture
def path_has_uv(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: "/bin/uv")


def test_the_one_on_the_path(path_has_uv):
    runner = answering({"/bin/uv": "uv 0.13.9 (x86_64-unknown-linux-gnu)\n"})
    assert find_uv(say=print, runner=runner) == (["/bin/uv"], "0.13.9")


def test_one_that_is_too_old_is_passed_over_for_the_one_beside_this_python(path_has_uv, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    runner = answering({"/bin/uv": "uv 0.4.1\n", sys.executable: "uv 0.7.0\n"})
    assert find_uv(say=print, runner=runner) == ([sys.executable, "-m", "uv"], "0.7.0")


def test_none_to_be_had_is_told_with_a_remedy(monkeypatch, cache):
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    runner = answering({})
    said: list[str] = []
    with pytest.raises(EnvironmentFault, match="could not be fetched: ensurepip is not available") as failure:
        find_uv(say=said.append, runner=runner)
    assert "python3-venv" in failure.value.hint
    assert said == ["uv is not installed: fetching it"]
    assert runner.asked[-1] == [sys.executable, "-m", "venv", str(cache / "tools" / "uv")]
