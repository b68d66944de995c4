"""Asks Unsloth's own `unsloth train --dry-run` about a config file; prints one JSON document.

Usage: validate_unsloth.py CONFIG
"""

from __future__ import annotations

import json
import re
import subprocess
import sys

_UNKNOWN = re.compile(r"unknown key '(?P<key>[^']+)'(?: in section '(?P<section>[^']+)')?")
_VALUE = re.compile(r"(?P<path>[\w.]+): ")


def entry(line: str) -> dict[str, str]:
    """One line of Unsloth's answer; `key` as dots where the line names one."""
    unknown, value = _UNKNOWN.match(line), _VALUE.match(line)
    if unknown:
        key = ".".join(part for part in (unknown["section"], unknown["key"]) if part)
        return {"message": line, "key": key}
    return {"message": line, "key": value["path"]} if value else {"message": line}


def main(config: str) -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "unsloth_cli", "train", "--config", config, "--dry-run"],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.strip() for line in asked.stderr.splitlines() if line.strip()]
    faults = [line.removeprefix("- ") for line in lines if line.startswith("- ")] or lines[-1:]
    errors = [entry(line) for line in faults] if asked.returncode else []
    json.dump({"valid": not asked.returncode, "errors": errors}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
