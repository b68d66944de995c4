"""Prints the JSON Schema of the installed Unsloth's config; runs inside the unsloth environment.

Unsloth's command is AGPL-3.0: the schema is what its own input model says of itself, and nothing is copied.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version


def describe() -> dict[str, object]:
    from unsloth_cli.config import Config

    released = version("unsloth")
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"Input model of the command of unsloth {released}, made by scripts/backend_schema",
        **Config.model_json_schema(),
    }
    return {"version": released, "schema": schema}


if __name__ == "__main__":
    json.dump(describe(), sys.stdout)
