"""What would do instead of a training that does not fit: another GPU for the same model, a smaller model here."""

from __future__ import annotations

from msgspec.structs import replace

from wrapper.ledger.records import Spend
from wrapper.models import find_model
from wrapper.models.candidates import candidates, text_parameters
from wrapper.pipeline.outlook import OtherGpu, other_gpus
from wrapper.pipeline.plan_input import plan_input
from wrapper.pipeline.planning import Planned, plan_on
from wrapper.plan.machine import Machine
from wrapper.plan.plan import Plan
from wrapper.presets.gpu import load_gpu_preset
from wrapper.presets.model import ModelPreset
from wrapper.spec.read import LoadedSpec

_MOST_TRIED = 12  # smaller models, the largest first


def instead_of(loaded: LoadedSpec, planned: Planned, *, spent: Spend, usd_per_hour: float) -> str:
    """One sentence with what fits, empty where nothing does."""
    said = []
    best = _other_gpu(planned, spent)
    if best is not None:
        said.append(f"`budget.gpu: {best.gpu}` holds it, for about ${best.usd.likely:.3f} ({best.price.provider})")
    smaller = _smaller_model(loaded, planned, spent, usd_per_hour)
    if smaller is not None:
        preset, plan = smaller
        dollars = f", for about ${plan.estimate.usd.likely:.3f}" if usd_per_hour else ""
        said.append(f"`model: {{preset: {preset.name}}}` fits {planned.machine.name}{dollars}")
    return "; ".join(said)


def _other_gpu(planned: Planned, spent: Spend) -> OtherGpu | None:
    """The cheapest on which nothing speaks against the same training."""
    for one in other_gpus(planned.lengths):
        if one.gpu != planned.machine.name:
            machine = Machine.of_gpu(load_gpu_preset(one.gpu))
            plan = plan_on(planned.lengths, machine, spent=spent, usd_per_hour=one.price.usd_per_hour)
            if not plan.objections:
                return one
    return None


def _smaller_model(
    loaded: LoadedSpec, planned: Planned, spent: Spend, usd_per_hour: float
) -> tuple[ModelPreset, Plan] | None:
    """The largest one below that fits the device and the budget."""
    spec, known = loaded.spec, planned.lengths.preset
    size = planned.lengths.dimensions.parameters
    found = candidates(spec.model, backend=spec.training.backend, languages=known.languages if known else ())
    smaller = [preset for preset in reversed(found) if text_parameters(preset) < size]
    for preset in smaller[:_MOST_TRIED]:
        model = replace(spec.model, preset=preset.name, base=None)
        lengths = plan_input(
            replace(spec, model=model), planned.prepared, find_model(model, loaded.folder), loaded.folder
        )
        plan = plan_on(lengths, planned.machine, spent=spent, usd_per_hour=usd_per_hour)
        if not plan.objections:
            return preset, plan
    return None
