"""An adapter that was trained elsewhere, or by another run, taken as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from wrapper.errors import BackendFailed, BadInput
from wrapper.models import ModelFolder
from wrapper.pipeline.training import Trained
from wrapper.train.checkpoints import (
    ADAPTER_CONFIG,
    ADAPTER_FILE,
    FULL_FILE,
    is_whole_safetensors,
    tensor_shapes,
    trained_weights,
    weights_digest,
)

_LORA = re.compile(r"base_model\.model\.(?P<module>.+)\.lora_(?P<side>[AB])\.weight")


def given_adapter(folder: Path, model: ModelFolder) -> Trained:
    """The weights in a folder; raises BadInput where there are none, half of them, or those for another model."""
    try:
        weights = trained_weights(folder)
    except BackendFailed:
        raise BadInput(
            f"`{folder}` holds neither {ADAPTER_FILE} nor {FULL_FILE}",
            hint="name the folder that a trainer wrote: a PEFT adapter, or whole weights, as safetensors",
        ) from None
    if not is_whole_safetensors(weights):
        raise BadInput(f"{weights} is cut off or no safetensors file", hint="copy or train it again")
    if weights.name == ADAPTER_FILE:
        if not (folder / ADAPTER_CONFIG).is_file():
            raise BadInput(f"`{folder}` has no {ADAPTER_CONFIG}", hint="copy the whole folder that the trainer wrote")
        misfit = next(_misfits(weights, model), "") or _misfit_of_config(folder / ADAPTER_CONFIG, weights)
        if misfit:
            raise BadInput(
                f"the adapter in `{folder}` does not fit the model {model.name}: {misfit}",
                hint=f"name the adapter's own model in the spec; {ADAPTER_CONFIG} says which that is",
            )
    return Trained(adapter=folder.resolve(), digest=weights_digest(weights), summary={})


def other_base_model(folder: Path, model: ModelFolder) -> str:
    """The model that the adapter's config says it was trained on, where that is not this one by its name."""
    try:
        named = json.loads((folder / ADAPTER_CONFIG).read_text(encoding="utf-8")).get("base_model_name_or_path")
    except (OSError, ValueError, AttributeError):
        return ""
    if not isinstance(named, str) or not named:
        return ""
    ours = [_last_name(name) for name in (model.path.name, model.name, model.preset.hub_id if model.preset else "")]
    theirs = _last_name(named)  # a copy may say `-bnb-4bit` behind it
    return "" if any(name and theirs.startswith(name) for name in ours) else named


def _last_name(model: str) -> str:
    """Without the owner, in a hub id, in a path, and in the name of a cached folder."""
    return re.split(r"/|--", model.rstrip("/"))[-1].lower()


def _misfit_of_config(config: Path, weights: Path) -> str:
    """What the adapter's own config says and its weights do not hold; empty where they agree."""
    shapes = {name: shape for name, shape in tensor_shapes(weights).items() if ".lora_A." in name}
    try:
        told = json.loads(config.read_text(encoding="utf-8"))
        rank, others = told.get("r"), told.get("rank_pattern")
    except (OSError, ValueError, AttributeError):
        return f"{config.name} cannot be read"
    if not tensor_shapes(weights):
        return "its file holds no tensors"
    odd = [name for name, shape in shapes.items() if isinstance(rank, int) and not others and rank not in shape]
    return f"{config.name} says `r: {rank}`, and `{odd[0]}` has another rank" if odd else ""


def _misfits(weights: Path, model: ModelFolder) -> Iterator[str]:
    """Layers that the adapter changes and the model has not, or has in another size.

    Only where the file names the layers as the loaded model does: vision models and mixtures of experts do not.
    """
    shapes = {name: shape for file in model.path.glob("*.safetensors") for name, shape in tensor_shapes(file).items()}
    if not any(name.startswith("model.layers.") for name in shapes):
        return
    for name, shape in tensor_shapes(weights).items():
        lora = _LORA.fullmatch(name)
        if lora is None or "experts" in name:  # DoRA's magnitudes, whole embeddings: for PEFT to judge
            continue
        layer = shapes.get(f"{lora['module']}.weight")
        said, place = ("takes", 1) if lora["side"] == "A" else ("gives", 0)
        if layer is None:
            yield f"it changes `{lora['module']}`, which the model has not"
        elif len(layer) == len(shape) == 2 and 1 not in layer and layer[place] != shape[place]:  # 4-bit: (bytes, 1)
            yield f"`{lora['module']}` {said} {layer[place]} numbers in the model, {shape[place]} in the adapter"
