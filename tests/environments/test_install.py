"""What an installation asks of uv, and that it leaves nothing that looks whole when it fails."""

from __future__ import annotations

import json
import threading
import time
from collections import namedtuple

import pytest

from wrapper.environments import find
from wrapper.environments.install import _alone, install
from wrapper.environments.locate import MARKER, environment_folder, lock_path
from wrapper.errors import EnvironmentFault

pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture
def said() -> list[str]:
    return []


def test_torch_first_then_the_lock_exactly(programs, said, tmp_path):
    programs.pip_config = f"global.find-links='{tmp_path}'\n"
    environment = install("trl", "cpu", say=said.append, runner=programs)
    assert programs.installs() == [
        ["--no-deps", "--torch-backend", "cpu", "torch==2.13.0"],
        ["--no-deps", "-r", str(lock_path("trl", "cpu"))],
    ]
    assert find("trl", "cpu") == environment
    uv = [env for argv, env in zip(programs.asked, programs.environments, strict=True) if "install" in argv]
    assert [env["UV_FIND_LINKS"] for env in uv] == [str(tmp_path)] * 2
    marker = json.loads((environment.folder / MARKER).read_text())
    assert (marker["backend"], marker["accelerator"], marker["uv"]) == ("trl", "cpu", "0.13.9")


def test_a_torch_of_ones_own_brings_its_cuda_libraries(programs, said, tmp_path, monkeypatch):
    monkeypatch.setenv("THRIFTUNE_TORCH_SOURCE", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("UV_FIND_LINKS", "/elsewhere")
    install("axolotl", "cuda", say=said.append, runner=programs)
    assert programs.installs() == [
        ["--no-deps", "--no-config", "--no-index", "--find-links", str(tmp_path), "torch==2.13.0"],
        ["torch==2.13.0"],
        ["--no-deps", "-r", str(lock_path("axolotl", "cuda"))],
    ]
    uv = [env for argv, env in zip(programs.asked, programs.environments, strict=True) if "install" in argv]
    assert ["UV_FIND_LINKS" in env for env in uv] == [False, True, True]


def test_what_is_there_is_not_made_again(programs, said):
    first = install("trl", "cpu", say=said.append, runner=programs)
    asked = len(programs.asked)
    assert install("trl", "cpu", say=said.append, runner=programs) == first
    assert len(programs.asked) == asked


@pytest.mark.parametrize("step", ["venv", "torch==2.13.0", "-r"])
def test_a_failure_at_any_step_leaves_nothing_whole(programs, said, step):
    programs.fails = lambda argv: "error sending request: dns error" if step in argv else None
    with pytest.raises(EnvironmentFault, match="cannot be reached") as failure:
        install("trl", "cpu", say=said.append, runner=programs)
    assert "dns error" in failure.value.message
    assert find("trl", "cpu") is None
    programs.fails = lambda argv: None
    assert install("trl", "cpu", say=said.append, runner=programs) == find("trl", "cpu")


def test_what_does_not_import_is_not_whole(programs, said):
    programs.checks["imports"] = False
    with pytest.raises(EnvironmentFault, match="installed but does not work: imports: seen"):
        install("trl", "cpu", say=said.append, runner=programs)
    assert find("trl", "cpu") is None


def test_the_leftovers_of_a_killed_installation_are_removed(programs, said):
    folder = environment_folder("trl", "cpu")
    (folder / "lib").mkdir(parents=True)
    (folder / "lib" / "half-written").touch()
    install("trl", "cpu", say=said.append, runner=programs)
    assert not (folder / "lib").exists()


def test_too_little_disk_is_told_before_anything_is_fetched(programs, said, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda place: usage(2**40, 2**40, 2**29))
    with pytest.raises(EnvironmentFault, match=r"needs 1\.4 GiB; .* has 0\.5 GiB free") as failure:
        install("trl", "cpu", say=said.append, runner=programs)
    assert failure.value.exit_code == 4
    assert programs.asked == []


def test_disk_needed_and_free_are_told(programs, said):
    install("trl", "cpu", say=said.append, runner=programs)
    assert said[0].startswith("`trl` for cpu takes 1.4 GiB in ")
    assert "GiB free)" in said[0]


def test_cuda_is_for_linux(programs, said, monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(EnvironmentFault, match="on Linux only"):
        install("trl", "cuda", say=said.append, runner=programs)


def test_a_folder_that_cannot_be_written(programs, said, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("THRIFTUNE_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(EnvironmentFault, match="cannot write") as failure:
        install("trl", "cpu", say=said.append, runner=programs)
    assert failure.value.hint == "set THRIFTUNE_CACHE to a folder of yours"


def test_of_two_installations_the_second_waits_and_says_so(tmp_path):
    said: list[str] = []
    order: list[str] = []

    def second() -> None:
        with _alone(tmp_path / "lock", said.append):
            order.append("second")

    with _alone(tmp_path / "lock", said.append):
        waiting = threading.Thread(target=second)
        waiting.start()
        for _ in range(100):
            if said:
                break
            time.sleep(0.02)
        order.append("first")
    waiting.join(10)
    assert order == ["first", "second"]
    assert said == ["another installation of this environment is running: waiting for it to end"]
