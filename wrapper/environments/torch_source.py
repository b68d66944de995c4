"""Where torch comes from: the one package whose right build depends on the machine."""

from __future__ import annotations

import re
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from wrapper.backends.protocol import Accelerator
from wrapper.errors import EnvironmentFault

VARIABLE = "THRIFTUNE_TORCH_SOURCE"


@dataclass(frozen=True, kw_only=True)
class TorchSource:
    """How uv is asked for torch.

    `unset` names variables that would bring other sources into play. `own_libraries` says that this
    build may need other CUDA libraries than those in the lock.
    """

    said: str
    requirement: str
    arguments: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()
    own_libraries: bool = False


def locked_torch(lock: str) -> str:
    """The version of torch that a lock holds."""
    found = re.search(r"^torch==([^\s;\\]+)", lock, re.MULTILINE)
    if found is None:
        raise ValueError("the lock holds no torch")
    return found[1]


def choose_torch_source(version: str, accelerator: Accelerator, environ: Mapping[str, str]) -> TorchSource:
    """Decide by what the user set; `environ` is what uv will be started with.

    uv's `--torch-backend` asks PyTorch's own index and fails where that is out of reach, even if a
    find-links folder holds the wheel; so such a folder is looked into first.
    """
    exact = f"torch=={version}"
    cuda = accelerator == "cuda"
    override = environ.get(VARIABLE, "").strip()
    if override:
        return _from_override(override, exact, own_libraries=cuda)
    backend = environ.get("UV_TORCH_BACKEND", "")
    if backend:
        return TorchSource(said=f"uv's torch backend `{backend}`", requirement=exact, own_libraries=cuda)
    if cuda:
        # `===` passes over local versions: a find-links folder may hold a CPU build
        return TorchSource(said="the package index", requirement=f"torch==={version}")
    links = [link for link in re.split(r"[,\s]+", environ.get("UV_FIND_LINKS", "")) if link]
    if any(_holds_torch(link, version) for link in links):
        return TorchSource(said="the find-links folder", requirement=exact)
    if sys.platform == "darwin" or environ.get("UV_NO_INDEX"):
        return TorchSource(said="the package index", requirement=exact)
    return TorchSource(said="PyTorch's index of CPU builds", requirement=exact, arguments=("--torch-backend", "cpu"))


def _from_override(override: str, exact: str, *, own_libraries: bool) -> TorchSource:
    others = ("UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")
    folder = _folder(override)
    if folder is None:
        where: tuple[str, ...] = ("--default-index", override)
    elif folder.is_dir():
        where = ("--no-index", "--find-links", str(folder))
    else:
        raise EnvironmentFault(
            f"{VARIABLE} names a folder that is not there: {override}",
            hint=f"set {VARIABLE} to a folder with a torch wheel, or to the URL of a package index",
        )
    return TorchSource(
        said=f"{VARIABLE}",
        requirement=exact,
        arguments=("--no-config", *where),
        unset=(*others, "UV_NO_INDEX", "UV_TORCH_BACKEND"),
        own_libraries=own_libraries,
    )


def _folder(place: str) -> Path | None:
    """A place as a folder, or None if it is a URL on the network."""
    parts = urlsplit(place)
    if parts.scheme == "file":
        return Path(url2pathname(parts.path))
    return None if "://" in place else Path(place).expanduser()


def _holds_torch(link: str, version: str) -> bool:
    """True if a find-links folder has a build of that torch for this Python and this kind of machine."""
    folder = _folder(link)
    if folder is None or not folder.is_dir():
        return False
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    machine = re.split(r"[-.]", sysconfig.get_platform())[-1]
    wheels = (wheel.name for wheel in folder.glob("torch-*.whl"))
    return any(
        re.match(rf"torch-{re.escape(version)}(\+[^-]+)?-{python}-", name) and machine in name for name in wheels
    )
