"""Fetching from the hub, by a worker in a backend environment: the core itself opens no connection."""

from __future__ import annotations

import os
from collections.abc import Sequence

import msgspec

from wrapper import process
from wrapper.environments import Environment, detect_accelerator, find, require
from wrapper.resources import worker_dir

_HUB_SECONDS = {"HF_HUB_ETAG_TIMEOUT": "10", "HF_HUB_DOWNLOAD_TIMEOUT": "60"}


def hub_environment() -> Environment:
    """The environment that has huggingface_hub; raises EnvironmentFault where there is none."""
    cpu_only = detect_accelerator() == "cpu" or find("trl", "cuda") is None
    return require("trl", "cpu") if cpu_only else require("trl", "cuda")


def is_offline() -> bool:
    return os.environ.get("HF_HUB_OFFLINE", "0") not in ("", "0")


def run_fetcher(environment: Environment, worker: str, arguments: Sequence[str]) -> str:
    """What went wrong as a worker fetched, or an empty string."""
    ended = process.run(
        [str(environment.python), str(worker_dir() / worker), *arguments],
        env=process.child_environment(_HUB_SECONDS, pass_secrets={"HF_TOKEN"}),
    )
    if ended.returncode == 0:
        return ""
    last = (ended.stdout.strip() or ended.stderr.strip()).splitlines()[-1:]
    try:
        return str(msgspec.json.decode(last[0], type=dict[str, str])["failed"])
    except (msgspec.DecodeError, KeyError, IndexError):
        return last[0] if last else f"exit code {ended.returncode}"
