"""An adapter that was trained elsewhere, or by another run, taken as it is."""

from __future__ import annotations

from pathlib import Path

from wrapper.errors import BackendFailed, BadInput
from wrapper.pipeline.training import Trained
from wrapper.train.checkpoints import (
    ADAPTER_CONFIG,
    ADAPTER_FILE,
    FULL_FILE,
    is_whole_safetensors,
    trained_weights,
    weights_digest,
)


def given_adapter(folder: Path) -> Trained:
    """The weights in a folder; raises BadInput where there are none, or half of them."""
    try:
        weights = trained_weights(folder)
    except BackendFailed:
        raise BadInput(
            f"`{folder}` holds neither {ADAPTER_FILE} nor {FULL_FILE}",
            hint="name the folder that a trainer wrote: a PEFT adapter, or whole weights, as safetensors",
        ) from None
    if not is_whole_safetensors(weights):
        raise BadInput(f"{weights} is cut off or no safetensors file", hint="copy or train it again")
    if weights.name == ADAPTER_FILE and not (folder / ADAPTER_CONFIG).is_file():
        raise BadInput(f"`{folder}` has no {ADAPTER_CONFIG}", hint="copy the whole folder that the trainer wrote")
    return Trained(adapter=folder.resolve(), digest=weights_digest(weights), summary={})
