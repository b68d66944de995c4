"""What configs of both backends say about a step, and what the memory model does not follow."""

from __future__ import annotations

import pytest

from wrapper.plan.config_shape import NotEstimated, Shape, shape_of

AXOLOTL = {
    "base_model": "HuggingFaceTB/SmolLM2-1.7B-Instruct",
    "adapter": "qlora",
    "load_in_4bit": True,
    "lora_r": "16",
    "sequence_len": 2048,
    "micro_batch_size": 2,
    "gradient_accumulation_steps": 4,
    "gradient_checkpointing": True,
    "optimizer": "adamw_bnb_8bit",
    "max_steps": 500,
}


def test_an_axolotl_config_is_read() -> None:
    assert shape_of(AXOLOTL, "axolotl") == Shape(
        model="HuggingFaceTB/SmolLM2-1.7B-Instruct",
        method="qlora",
        precision="auto",
        optimizer="adamw_8bit",
        lora_r=16,
        sequence_tokens=2048,
        micro_batch_size=2,
        gradient_accumulation_steps=4,
        gradient_checkpointing=True,
        steps=500,
    )


def test_axolotls_defaults_are_its_own() -> None:
    shape = shape_of({"base_model": "m"}, "axolotl")
    assert (shape.method, shape.sequence_tokens, shape.micro_batch_size, shape.steps) == ("full", 512, 1, None)
    assert (shape.optimizer, shape.gradient_checkpointing, shape.lora_r) == ("adamw_torch", False, 0)


@pytest.mark.parametrize(
    ("keys", "precision"),
    [
        ({}, "auto"),
        ({"bf16": "auto"}, "auto"),
        ({"bf16": True}, "bf16"),
        ({"bf16": "full"}, "bf16"),
        ({"bf16": False, "fp16": True}, "fp16"),
        ({"bf16": "false"}, "fp32"),
        ({"bf16": False, "bfloat16": True}, "bf16"),
    ],
)
def test_precision_is_the_one_that_the_config_asks_for(keys: dict, precision: str) -> None:
    assert shape_of(AXOLOTL | keys, "axolotl").precision == precision


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"deepspeed": "zero3.json"}, "`deepspeed`"),
        ({"fsdp_config": {"offload_params": True}}, "`fsdp_config`"),
        ({"rl": "dpo"}, "`rl`"),
        ({"processor_type": "AutoProcessor"}, "`processor_type`"),
        ({"plugins": ["axolotl.integrations.kd.KDPlugin"]}, "`axolotl.integrations.kd.KDPlugin`"),
        ({"load_in_8bit": True, "adapter": "lora"}, "`load_in_8bit`"),
        ({"adapter": "lora"}, "`adapter: lora` and `load_in_4bit`"),
        ({"adapter": "mora"}, "`adapter: mora`"),
        ({"optimizer": "muon"}, "`optimizer: muon`"),
        ({"tensor_parallel_size": 2}, "`tensor_parallel_size`"),
        ({"gradient_checkpointing": "offload"}, "`gradient_checkpointing: offload`"),
        ({"lora_modules_to_save": ["lm_head"]}, "`lora_modules_to_save`"),
        ({"sequence_len": "long"}, "`sequence_len` is no number"),
        ({"base_model": None}, "`base_model` names no model"),
    ],
)
def test_what_is_not_followed_is_said(keys: dict, reason: str) -> None:
    with pytest.raises(NotEstimated) as refused:
        shape_of(AXOLOTL | keys, "axolotl")
    assert reason in refused.value.message


def test_what_is_off_is_no_obstacle() -> None:
    off = {"deepspeed": None, "fsdp": [], "rl": "", "tensor_parallel_size": 1, "load_in_8bit": "false"}
    assert shape_of(AXOLOTL | off, "axolotl") == shape_of(AXOLOTL, "axolotl")


def test_unsloths_yaml_is_read_with_its_defaults() -> None:
    shape = shape_of({"model": "m", "training": {"max_steps": 30}, "lora": None}, "unsloth")
    assert (shape.method, shape.lora_r, shape.sequence_tokens, shape.steps) == ("qlora", 64, 2048, 30)
    assert (shape.micro_batch_size, shape.gradient_accumulation_steps, shape.gradient_checkpointing) == (2, 4, True)
    full = shape_of({"model": "m", "training": {"training_type": "Full", "gradient_checkpointing": "none"}}, "unsloth")
    assert (full.method, full.lora_r, full.gradient_checkpointing) == ("full", 0, False)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"model": "m", "training": {"training_type": "cpt"}}, "`training_type: cpt`"),
        ({"model": "m", "lora": {"use_dora": True}}, "`lora.use_dora`"),
        ({}, "`model` names no model"),
    ],
)
def test_what_is_not_followed_in_unsloths_yaml_is_said(config: dict, reason: str) -> None:
    with pytest.raises(NotEstimated) as refused:
        shape_of(config, "unsloth")
    assert reason in refused.value.message


def test_a_backend_without_a_config_is_not_estimated() -> None:
    with pytest.raises(NotEstimated, match="trl has no config of its own"):
        shape_of({}, "trl")


@pytest.mark.parametrize(
    ("keys", "kernels"),
    [
        ({"plugins": ["axolotl.integrations.liger.LigerPlugin"]}, ()),
        (
            {"plugins": ["axolotl.integrations.liger.LigerPlugin"], "liger_fused_linear_cross_entropy": True},
            ("liger",),
        ),
        ({"plugins": ["axolotl.integrations.cut_cross_entropy.CutCrossEntropyPlugin"]}, ("cut_cross_entropy",)),
    ],
)
def test_plugins_that_change_the_loss(keys: dict, kernels: tuple[str, ...]) -> None:
    assert shape_of({**AXOLOTL, **keys}, "axolotl").kernels == kernels
