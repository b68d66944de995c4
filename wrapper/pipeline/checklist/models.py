"""The model presets that a product could use in place of a larger model."""

from __future__ import annotations

from pathlib import Path

from wrapper.errors import ThriftuneError
from wrapper.models import find_model
from wrapper.models.candidates import candidates, preset_of, text_parameters
from wrapper.plan.dimensions import Dimensions
from wrapper.spec.fields import Model


def smaller_presets(model: Model, backend: str, folder: Path) -> tuple[str, ...] | None:
    """Candidates with fewer parameters, the largest first; None where the model's own size is not known."""
    known = preset_of(model)
    parameters = text_parameters(known) if known else _parameters_on_disk(model, folder)
    if parameters is None:
        return None
    found = candidates(model, backend=backend, languages=known.languages if known else ())
    return tuple(preset.name for preset in reversed(found) if text_parameters(preset) < parameters)


def _parameters_on_disk(model: Model, folder: Path) -> int | None:
    try:
        found = find_model(model, folder)
        return Dimensions.from_config(found.config).parameters if found else None
    except ThriftuneError:  # no model, or of a kind that is not known: training tells
        return None
