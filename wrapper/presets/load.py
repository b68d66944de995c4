"""Models that are known by name."""

from __future__ import annotations

from wrapper.presets.files import names_in, preset_file, read_preset
from wrapper.presets.licence import Licence, load_licence
from wrapper.presets.model import ModelPreset

FOLDER = "models"


def preset_names() -> list[str]:
    """Names of all model presets, sorted."""
    return names_in(FOLDER)


def load_model_preset(name: str) -> ModelPreset:
    """Raises BadInput for an unknown name, and for a broken file."""
    return read_preset(FOLDER, name, ModelPreset)


def licences_of(preset: ModelPreset) -> tuple[Licence, ...]:
    """The licences of a model, all of which must allow a use; raises BadInput for one that is not known."""
    return tuple(load_licence(name) for name in preset.licences)


def find_by_hub_id(hub_id: str) -> ModelPreset | None:
    """The preset of a hub id, None where there is none; only the file that names it is parsed."""
    line = f"hub_id: {hub_id}"
    for name in preset_names():
        if line in preset_file(FOLDER, name).read_text(encoding="utf-8").splitlines():
            return load_model_preset(name)
    return None
