"""The usual training of a model, by which sizes are compared before any data is known."""

from __future__ import annotations

from wrapper.plan.dimensions import Dimensions
from wrapper.plan.memory import Load, memory_of
from wrapper.presets.model import ModelPreset
from wrapper.presets.stacks import stack_of

USUAL_TOKENS = 1024


def usual_qlora_gib(preset: ModelPreset) -> float:
    """GiB on a GPU of QLoRA with Axolotl, one row of 1,024 tokens at once, with checkpointing; estimated."""
    stack = stack_of("axolotl")
    load = Load(
        dimensions=Dimensions.of_preset(preset),
        stack=stack,
        method="qlora",
        precision="bf16",
        optimizer="adamw_8bit",
        lora_r=16,
        sequence_tokens=USUAL_TOKENS,
        micro_batch_size=1,
        gradient_checkpointing=True,
        tower_parameters=preset.parameters - preset.text_parameters if preset.text_parameters else 0,
    )
    return memory_of(load, runtime_gib=stack.device_gib).total_gib
