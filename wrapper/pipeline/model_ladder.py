"""The smallest model first: one candidate of each size, and the next only if the one below failed its evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from msgspec.structs import replace

from wrapper.data.prepared import Prepared
from wrapper.models import find_model
from wrapper.models.candidates import candidates, preset_of, text_parameters
from wrapper.pipeline.checklist.reading import read_evidence
from wrapper.pipeline.outlook import OtherGpu, other_gpus
from wrapper.pipeline.plan_input import plan_input
from wrapper.presets.model import ModelPreset
from wrapper.spec.fields import Model
from wrapper.spec.read import LoadedSpec

_SIZES = (("under 1B", 0.0, 1e9), ("1B to 4B", 1e9, 4e9), ("4B to 9B", 4e9, 9.5e9), ("larger", 9.5e9, inf))


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One size: the smallest model of it that the product may be built on, and what training it would take.

    `cheapest` is None where it fits no GPU with a price. `tried` says how it did in this project, if it was tuned.
    """

    size: str
    model: str
    parameters: int
    others: int
    cheapest: OtherGpu | None
    tried: str
    is_next: bool


def model_ladder(loaded: LoadedSpec, prepared: Prepared) -> list[Rung]:
    """From the smallest size that has a candidate; `is_next` is the first not tried, all below found wanting."""
    spec = loaded.spec
    named = preset_of(spec.model)
    found = candidates(spec.model, backend=spec.training.backend, languages=named.languages if named else ())
    tried = _tried(loaded)
    rungs, open_yet = [], True
    for size, low, high in _SIZES:
        of_size = [preset for preset in found if low <= text_parameters(preset) < high]
        if not of_size:
            continue
        preset = next((one for one in of_size if one.name in tried), of_size[0])
        outcome, suffices = tried.get(preset.name, ("", False))
        rungs.append(
            Rung(
                size=size,
                model=preset.name,
                parameters=text_parameters(preset),
                others=len(of_size) - 1,
                cheapest=_cheapest(loaded, prepared, preset),
                tried=outcome,
                is_next=open_yet and not outcome,
            )
        )
        open_yet = open_yet and bool(outcome) and not suffices
    return rungs


def _cheapest(loaded: LoadedSpec, prepared: Prepared, preset: ModelPreset) -> OtherGpu | None:
    model = replace(loaded.spec.model, preset=preset.name, base=None)
    spec = replace(loaded.spec, model=model)
    lengths = plan_input(spec, prepared, find_model(Model(preset=preset.name), loaded.folder), loaded.folder)
    gpus = other_gpus(lengths)
    return gpus[0] if gpus else None


def _tried(loaded: LoadedSpec) -> dict[str, tuple[str, bool]]:
    """How each model did that was tuned in this project, in words, and whether that is enough; by its latest run."""
    found: dict[str, tuple[str, bool]] = {}
    for run in read_evidence(loaded).runs:
        verdict, plan = run.result.verdict, run.result.plan
        if verdict is None or plan is None:
            continue
        reached = "reaches" if verdict.meets_target else "is below"
        said = f"{verdict.tuned_mean:.3f} {reached} {verdict.target:g}, {verdict.outcome} (run {run.run_id})"
        found.setdefault(str(plan["model_name"]), (said, verdict.outcome == "better" and verdict.meets_target))
    return found
