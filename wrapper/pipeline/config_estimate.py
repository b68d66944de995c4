"""The estimate of a config that somebody else wrote: its model's dimensions found, the GPUs that are known read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from wrapper.errors import BadInput
from wrapper.plan.config_estimate import ConfigEstimate, estimate_config
from wrapper.plan.config_shape import NotEstimated, shape_of
from wrapper.plan.dimensions import Dimensions
from wrapper.presets.gpu import gpu_names, load_gpu_preset
from wrapper.presets.load import find_by_hub_id
from wrapper.presets.measured import load_measured


def estimate_of_config(config: Mapping[str, Any], *, backend: str, gpu: str | None) -> ConfigEstimate:
    """Raises NotEstimated where the size of the model or of a step does not follow from the config."""
    shape = shape_of(config, backend)
    dimensions, model_name = _dimensions(shape.model)
    return estimate_config(
        shape,
        dimensions,
        model_name=model_name,
        backend=backend,
        gpus=[load_gpu_preset(name) for name in gpu_names()],
        gpu=gpu,
        measured=load_measured(),
    )


def _dimensions(model: str) -> tuple[Dimensions, str]:
    """Of a local folder's config.json, or of the preset with that hub id; with the name to compare runs by."""
    file = Path(model).expanduser() / "config.json"
    if file.is_file():
        try:
            content = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
            return Dimensions.from_config(content), model
        except (OSError, msgspec.DecodeError) as failure:
            raise NotEstimated(f"`{file}` cannot be read: {failure}") from None
        except BadInput as refused:
            raise NotEstimated(refused.message) from None
    preset = find_by_hub_id(model)
    if preset is None:
        raise NotEstimated(
            f"the size of `{model}` is not known; give its folder, with config.json, "
            "or the hub id of a preset (`thriftune presets ls`)"
        )
    return Dimensions.of_preset(preset), preset.name
