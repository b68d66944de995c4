"""The real thing: uv, the lock, an installation that is killed, and the check of what came out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wrapper import process
from wrapper.environments import check, find, install
from wrapper.environments.check import run_checks
from wrapper.environments.install import _alone
from wrapper.environments.locate import environment_folder, read_marker
from wrapper.environments.uv import find_uv

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def own_cache(tmp_path_factory) -> Path:
    """A cache folder that no other test sees: here installations are killed."""
    return tmp_path_factory.mktemp("environments")


@pytest.fixture(autouse=True)
def use_own_cache(own_cache, monkeypatch):
    monkeypatch.setenv("THRIFTUNE_CACHE", str(own_cache))


def test_killed_in_the_middle_it_is_not_there_and_the_next_one_makes_it():
    folder = environment_folder("trl", "cpu")
    killed = subprocess.Popen(
        [sys.executable, "-m", "wrapper", "backend", "install", "trl", "--cpu"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 300
    while not list(folder.glob("lib/python*/site-packages/torch*")):
        assert killed.poll() is None and time.monotonic() < deadline, "it did not get as far as torch"
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    assert folder.is_dir()
    assert find("trl", "cpu") is None

    said: list[str] = []
    environment = install("trl", "cpu", say=said.append)
    assert find("trl", "cpu") == environment
    marker = read_marker(environment.folder)
    assert marker is not None
    assert marker.torch.startswith("2.13.0")
    assert marker.packages > 80
    assert marker.disk_bytes > 2**30
    assert any("Installed" in line for line in said)


def test_what_was_made_passes_its_check():
    environment = find("trl", "cpu")
    assert environment is not None
    report = check(environment)
    assert [(result.name, result.ok) for result in report.results] == [
        ("versions", True),
        ("imports", True),
        ("nf4", True),
    ], report.results
    assert "torch.uint8" in report.results[2].detail


def test_a_package_in_another_version_fails_the_check():
    environment = find("trl", "cpu")
    assert environment is not None
    (info,) = environment.folder.glob("lib/python*/site-packages/xxhash-*.dist-info")
    metadata = info / "METADATA"
    text = metadata.read_text()
    version = info.name.removeprefix("xxhash-").removesuffix(".dist-info")
    changed = text.replace(f"\nVersion: {version}\n", "\nVersion: 0.0.1\n")
    metadata.unlink()  # uv's cache holds the same file by another name
    try:
        metadata.write_text(changed)
        (versions,) = run_checks("trl", "cpu", environment.folder, only=["versions"], runner=process.run)
    finally:
        metadata.write_text(text)
    assert not versions.ok
    assert versions.detail == f"xxhash is 0.0.1, not {version}"


def test_the_lock_lasts_until_an_orphaned_uv_has_ended(tmp_path):
    said: list[str] = []
    with _alone(tmp_path / "lock", said.append) as held:
        orphan = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1.5)"], pass_fds=(held,))
    with _alone(tmp_path / "lock", said.append):
        assert orphan.poll() is not None or orphan.wait(1) == 0
    assert said == ["another installation of this environment is running: waiting for it to end"]


def test_where_there_is_no_uv_it_is_fetched_once(tmp_path, monkeypatch):
    monkeypatch.setenv("THRIFTUNE_CACHE", str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    said: list[str] = []
    command, version = find_uv(say=said.append)
    assert Path(command[0]).is_relative_to(tmp_path)
    assert version[0].isdigit()
    assert find_uv(say=said.append) == (command, version)
    assert said == ["uv is not installed: fetching it"]
