"""Where torch comes from, for each way a machine can be set up."""

from __future__ import annotations

import sys
import sysconfig

import pytest

from wrapper.environments.torch_source import choose_torch_source, locked_torch
from wrapper.errors import EnvironmentFault

PYTHON = f"cp{sys.version_info.major}{sys.version_info.minor}"
PLATFORM = sysconfig.get_platform().replace("-", "_").replace(".", "_")


@pytest.fixture(autouse=True)
def linux(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")


def folder_with(tmp_path, name):
    (tmp_path / name).touch()
    return str(tmp_path)


def test_the_lock_says_which_torch():
    assert locked_torch("tomli==2.0\ntorch==2.13.0\ntorchao==0.17.0 ; x\n") == "2.13.0"
    assert locked_torch("torch==2.13.0 ; sys_platform == 'linux' \\\n") == "2.13.0"


def test_a_find_links_folder_that_holds_the_wheel_suffices(tmp_path):
    folder = folder_with(tmp_path, f"torch-2.13.0+cpu-{PYTHON}-{PYTHON}-{PLATFORM}.whl")
    for link in (folder, f"file://{folder}", f"/not/there,{folder}"):
        source = choose_torch_source("2.13.0", "cpu", {"UV_FIND_LINKS": link})
        assert (source.requirement, source.arguments, source.unset) == ("torch==2.13.0", (), ())


@pytest.mark.parametrize(
    "wheel",
    [
        f"torch-2.12.0+cpu-{PYTHON}-{PYTHON}-{PLATFORM}.whl",
        f"torch-2.13.0+cpu-cp39-cp39-{PLATFORM}.whl",
        f"torch-2.13.0+cpu-{PYTHON}-{PYTHON}-linux_riscv64.whl",
        f"torchao-2.13.0-{PYTHON}-{PYTHON}-{PLATFORM}.whl",
    ],
)
def test_a_wheel_for_something_else_does_not(tmp_path, wheel):
    source = choose_torch_source("2.13.0", "cpu", {"UV_FIND_LINKS": folder_with(tmp_path, wheel)})
    assert source.arguments == ("--torch-backend", "cpu")


def test_elsewhere_uv_chooses_the_cpu_build():
    assert choose_torch_source("2.13.0", "cpu", {}).arguments == ("--torch-backend", "cpu")


def test_a_mac_has_one_build_and_no_index_means_no_index(monkeypatch):
    assert choose_torch_source("2.13.0", "cpu", {"UV_NO_INDEX": "1"}).arguments == ()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert choose_torch_source("2.13.0", "cpu", {}).arguments == ()


def test_a_gpu_gets_no_cpu_build_out_of_a_find_links_folder(tmp_path):
    folder = folder_with(tmp_path, f"torch-2.13.0+cpu-{PYTHON}-{PYTHON}-{PLATFORM}.whl")
    source = choose_torch_source("2.13.0", "cuda", {"UV_FIND_LINKS": folder})
    assert source.requirement == "torch===2.13.0"
    assert not source.own_libraries


def test_the_users_torch_backend_holds_and_may_bring_other_cuda_libraries():
    source = choose_torch_source("2.13.0", "cuda", {"UV_TORCH_BACKEND": "cu128"})
    assert (source.arguments, source.unset, source.own_libraries) == ((), (), True)
    assert not choose_torch_source("2.13.0", "cpu", {"UV_TORCH_BACKEND": "cpu"}).own_libraries


def test_the_override_is_the_only_source(tmp_path):
    environ = {"THRIFTUNE_TORCH_SOURCE": str(tmp_path), "UV_FIND_LINKS": "/x", "UV_TORCH_BACKEND": "cpu"}
    source = choose_torch_source("2.13.0", "cpu", environ)
    assert source.arguments == ("--no-config", "--no-index", "--find-links", str(tmp_path))
    assert {"UV_FIND_LINKS", "UV_TORCH_BACKEND", "UV_INDEX", "UV_DEFAULT_INDEX"} <= set(source.unset)


def test_the_override_may_be_an_index():
    source = choose_torch_source("2.13.0", "cuda", {"THRIFTUNE_TORCH_SOURCE": "https://mirror.example/cu128"})
    assert source.arguments == ("--no-config", "--default-index", "https://mirror.example/cu128")
    assert source.own_libraries


def test_an_override_that_is_not_there_is_told(tmp_path):
    with pytest.raises(EnvironmentFault, match="names a folder that is not there"):
        choose_torch_source("2.13.0", "cpu", {"THRIFTUNE_TORCH_SOURCE": str(tmp_path / "gone")})
