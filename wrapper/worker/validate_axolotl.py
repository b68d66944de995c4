"""Asks Axolotl's own `validate_config` about a config file; prints one JSON document.

Usage: validate_axolotl.py CONFIG [--capabilities JSON] [--env-capabilities JSON]

The capabilities say which GPU the config is meant for; without them it is a capable one, so that a config
for a GPU is not refused on a machine that has none. Nothing is fetched. Axolotl stops at the first fault
of some kinds; an entry of kind `environment` says what this environment lacks, not what the config has wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

CAPABLE = {"bf16": True, "fp8": True, "tf32": True, "n_gpu": 1, "n_node": 1, "compute_capability": "sm_90"}
STARTS_SOMETHING = ("NemoGymPlugin",)  # clones a repository and starts servers
TRUSTED = ("axolotl.integrations.", "axolotl_events.")  # a config may name any module: no other is imported
QUIET = {
    "AXOLOTL_DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "WANDB_DISABLED": "true",
}


def described(failure: Exception) -> list[dict[str, str]]:
    """What was raised, as one entry a fault: `message`, and `key` as dots and indices where it is known."""
    from pydantic import ValidationError

    if isinstance(failure, ImportError):
        return [{"kind": "environment", "message": one_line(str(failure))}]
    if not isinstance(failure, ValidationError):
        return [{"message": one_line(str(failure))}]
    entries = []
    for error in failure.errors(include_url=False, include_context=False, include_input=False):
        message = one_line(re.sub(r"^(Value|Assertion) error, ", "", str(error["msg"])))
        key = ".".join(str(part) for part in error["loc"])
        entries.append({"message": message, "key": key} if key else {"message": message})
    return entries


def one_line(text: str) -> str:
    return " ".join(text.split())


def validate(path: Path, capabilities: dict[str, Any], env_capabilities: dict[str, Any]) -> list[dict[str, str]]:
    """Faults that Axolotl finds; an empty list if it accepts the config."""
    import yaml
    from axolotl.utils.config import validate_config
    from axolotl.utils.dict import DictDefault

    try:
        config = DictDefault(yaml.safe_load(path.read_text(encoding="utf-8-sig")))
        load_plugins(config)
        validate_config(config, capabilities=capabilities, env_capabilities=env_capabilities)
    except Exception as failure:
        return described(failure)
    return []


def load_plugins(config: Any) -> None:
    """What Axolotl's `prepare_plugins` does, less what fetches or starts something, and less strangers' code."""
    from axolotl.integrations.base import PluginManager

    manager = PluginManager.get_instance()
    for name in config.get("plugins") or ():
        if not str(name).startswith(TRUSTED):
            continue
        manager.register(name)
        plugin = manager.plugins.get(name)  # Axolotl goes on without a plugin that cannot be imported
        if plugin is not None and name.rpartition(".")[2] not in STARTS_SOMETHING:
            plugin.register(config)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    parser.add_argument("--capabilities", type=json.loads, default=CAPABLE)
    parser.add_argument("--env-capabilities", type=json.loads, default=None)
    arguments = parser.parse_args()
    os.environ.update(QUIET)
    with contextlib.redirect_stdout(sys.stderr):
        import torch

        env = arguments.env_capabilities or {"torch_version": torch.__version__.partition("+")[0]}
        errors = validate(arguments.config, arguments.capabilities, env)
    json.dump({"valid": not errors, "errors": errors}, sys.stdout)


if __name__ == "__main__":
    main()
