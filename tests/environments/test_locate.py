"""An environment is there only if its marker is, and only for this lock and this Python."""

from __future__ import annotations

import sys

import msgspec
import pytest

from wrapper.environments import detect_accelerator, find, require
from wrapper.environments.locate import (
    MARKER,
    Marker,
    discard,
    environment_folder,
    interpreter,
    lock_digest,
    read_marker,
)
from wrapper.errors import EnvironmentFault, UsageFault


@pytest.fixture
def whole(cache):
    """A folder that is marked as whole."""
    folder = environment_folder("trl", "cpu")
    interpreter(folder).parent.mkdir(parents=True)
    interpreter(folder).touch()
    marker = Marker(
        backend="trl",
        accelerator="cpu",
        lock_sha256=lock_digest("trl", "cpu"),
        python="3.11.7",
        uv="0.13.9",
        torch="2.13.0+cpu",
        packages=92,
        install_seconds=22.0,
        disk_bytes=1,
    )
    (folder / MARKER).write_bytes(msgspec.json.encode(marker))
    return folder


def test_the_folder_says_what_it_was_made_from(cache):
    digest = lock_digest("axolotl", "cuda")
    python = f"py{sys.version_info.major}{sys.version_info.minor}"
    expected = cache / "environments" / f"axolotl-cuda-{digest[:12]}-{python}"
    assert environment_folder("axolotl", "cuda") == expected


def test_found_when_whole(whole):
    found = find("trl", "cpu")
    assert found is not None
    assert (found.folder, found.python) == (whole, interpreter(whole))
    assert require("trl", "cpu") == found


def test_not_found_for_another_device_or_backend(whole):
    assert find("trl", "cuda") is None
    assert find("axolotl", "cpu") is None


@pytest.mark.parametrize("broken", ["", "{", '{"version": 1}', '{"version": 2}'])
def test_a_marker_that_cannot_be_read_is_none(whole, broken):
    (whole / MARKER).write_text(broken)
    assert read_marker(whole) is None
    assert find("trl", "cpu") is None


def test_a_marker_of_another_lock_is_none(whole):
    text = (whole / MARKER).read_text()
    (whole / MARKER).write_text(text.replace(lock_digest("trl", "cpu"), "0" * 64))
    assert find("trl", "cpu") is None


def test_without_its_interpreter_it_is_not_there(whole):
    interpreter(whole).unlink()
    assert find("trl", "cpu") is None


def test_discarded(whole):
    found = require("trl", "cpu")
    discard(found)
    assert find("trl", "cpu") is None


def test_what_is_missing_comes_with_the_command_that_installs_it(cache):
    with pytest.raises(EnvironmentFault) as failure:
        require("axolotl", "cpu")
    assert failure.value.exit_code == 4
    assert failure.value.hint == "thriftune backend install axolotl --cpu"


def test_an_unknown_backend(cache):
    with pytest.raises(UsageFault, match="no backend `unslot`"):
        find("unslot", "cpu")


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_hidden_gpus_are_none(monkeypatch, hidden):
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert detect_accelerator() == "cuda"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    assert detect_accelerator() == "cpu"
