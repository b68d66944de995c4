"""The GPU of a GPU check: what its driver tells of it."""

from __future__ import annotations

from wrapper import process


def driver_version() -> str:
    return _ask("driver_version")


def used_gib() -> float:
    """Memory of the first GPU that is in use, by whomever; 0 where the driver does not tell."""
    try:
        return float(_ask("memory.used")) / 1024
    except ValueError:
        return 0.0


def _ask(field: str) -> str:
    answer = process.run(["nvidia-smi", f"--query-gpu={field}", "--format=csv,noheader,nounits"], timeout=30)
    return (answer.stdout.splitlines() or [""])[0].strip()
