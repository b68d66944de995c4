"""The model presets that a product could be built on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wrapper.presets.licence import Licence, Refusal, licence_refusals
from wrapper.presets.load import find_by_hub_id, licences_of, load_model_preset, preset_names
from wrapper.presets.model import ModelPreset
from wrapper.spec.fields import Model


def refusals_by(licences: Iterable[Licence], model: Model) -> list[Refusal]:
    """What any of the licences has against the product that the spec's `model` describes."""
    return [
        refusal
        for licence in licences
        for refusal in licence_refusals(
            licence,
            commercial_use=model.commercial_use,
            monthly_users=model.monthly_users,
            industry=model.industry,
        )
    ]


def preset_of(model: Model) -> ModelPreset | None:
    """The preset that the spec names, or that has the hub id of its base."""
    if model.preset is not None:
        return load_model_preset(model.preset)
    return find_by_hub_id(model.base or "")


def candidates(model: Model, *, backend: str | None = None, languages: Iterable[str] = ()) -> list[ModelPreset]:
    """Instruct models, the smallest first, that the backend is known to train and whose licences allow the product.

    `languages` are those that they must have, where the spec names none.
    """
    return sorted(_candidates(model, backend, set(model.languages or languages)), key=text_parameters)


def _candidates(model: Model, backend: str | None, languages: set[str]) -> Iterator[ModelPreset]:
    for name in preset_names():
        preset = load_model_preset(name)
        suits = preset.instruct and languages <= set(preset.languages)
        if suits and (backend is None or backend in preset.backends) and not refusals_by(licences_of(preset), model):
            yield preset


def text_parameters(preset: ModelPreset) -> int:
    """Weights of the language model, without towers for images or sound."""
    return preset.text_parameters or preset.parameters
