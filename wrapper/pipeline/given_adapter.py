"""An adapter that was trained elsewhere, or by another run, taken as it is."""

from __future__ import annotations

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
        misfit = next(_misfits(weights, model), "")
        if misfit:
            raise BadInput(
                f"the adapter in `{folder}` does not fit the model {model.name}: {misfit}",
                hint=f"name the adapter's own model in the spec; {ADAPTER_CONFIG} says which that is",
            )
    return Trained(adapter=folder.resolve(), digest=weights_digest(weights), summary={})


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
