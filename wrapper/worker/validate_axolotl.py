"""Asks Axolotl's own `validate_config` about a config file; prints one JSON document.

Usage: validate_axolotl.py CONFIG [--capabilities JSON] [--env-capabilities JSON]

The capabilities say which GPU the config is meant for; without them it is a capable one, so that a config
for a GPU is not refused on a machine that has none.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import sys
from typing import Any

CAPABLE = {"bf16": True, "fp8": True, "tf32": True, "n_gpu": 1, "n_node": 1, "compute_capability": "sm_90"}
QUIET = {"AXOLOTL_DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1", "WANDB_DISABLED": "true"}


def described(failure: Exception) -> list[dict[str, str]]:
    """What was raised, as one entry a fault: `message`, and `key` as dots and indices where it is known."""
    from pydantic import ValidationError

    if not isinstance(failure, ValidationError):
        return [{"message": f"{type(failure).__name__}: {failure}"}]
    entries = []
    for error in failure.errors(include_url=False, include_context=False, include_input=False):
        message = re.sub(r"^Value error, ", "", str(error["msg"]))
        key = ".".join(str(part) for part in error["loc"])
        entries.append({"message": message, "key": key} if key else {"message": message})
    return entries


def validate(path: str, capabilities: dict[str, Any], env_capabilities: dict[str, Any]) -> list[dict[str, str]]:
    """Faults that Axolotl finds; an empty list if it accepts the config."""
    import yaml
    from axolotl.utils.config import prepare_plugins, validate_config
    from axolotl.utils.dict import DictDefault

    try:
        with open(path, encoding="utf-8") as file:
            config = DictDefault(yaml.safe_load(file))
        prepare_plugins(config)
        validate_config(config, capabilities=capabilities, env_capabilities=env_capabilities)
    except Exception as failure:
        return described(failure)
    return []


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config")
    parser.add_argument("--capabilities", type=json.loads, default=CAPABLE)
    parser.add_argument("--env-capabilities", type=json.loads, default=None)
    arguments = parser.parse_args()
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    with contextlib.redirect_stdout(sys.stderr):
        import torch

        env = arguments.env_capabilities or {"torch_version": torch.__version__.partition("+")[0]}
        errors = validate(arguments.config, arguments.capabilities, env)
    json.dump({"valid": not errors, "errors": errors}, sys.stdout)


if __name__ == "__main__":
    main()
