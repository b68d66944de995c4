"""Models that are known by name."""

from __future__ import annotations

from wrapper.presets.files import names_in, read_preset
from wrapper.presets.model import ModelPreset

FOLDER = "models"


def preset_names() -> list[str]:
    """Names of all model presets, sorted."""
    return names_in(FOLDER)


def load_model_preset(name: str) -> ModelPreset:
    """Raises BadInput for an unknown name, and for a broken file."""
    return read_preset(FOLDER, name, ModelPreset)
