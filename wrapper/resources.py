"""Where the files that travel with thriftune (templates, presets) and the user's cache lie."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_IN_WHEEL = _PACKAGE / "_resources"


def _root() -> Path:
    """A wheel carries the folders inside the package; a checkout has them beside it."""
    return _IN_WHEEL if _IN_WHEEL.is_dir() else _PACKAGE.parent


def templates_dir() -> Path:
    return _root() / "templates"


def presets_dir() -> Path:
    return _root() / "presets"


def worker_dir() -> Path:
    """The folder whose files are run inside backend environments."""
    return _PACKAGE / "worker"


def cache_dir() -> Path:
    """The user's cache folder for environments and models; `THRIFTUNE_CACHE` moves it."""
    chosen = os.environ.get("THRIFTUNE_CACHE")
    if chosen:
        return Path(chosen).expanduser().resolve()
    from platformdirs import user_cache_path

    return user_cache_path("thriftune")
