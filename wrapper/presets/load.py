"""Models that are known by name."""

from __future__ import annotations

from wrapper.resources import presets_dir


def preset_names() -> list[str]:
    """Names of all model presets, sorted."""
    return sorted(file.stem for file in (presets_dir() / "models").glob("*.yaml"))
