"""Every model preset is planned and rendered by each backend that it claims, and passes that backend's own checks."""

from __future__ import annotations

import ast
import json
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from wrapper.backends import get_backend
from wrapper.backends.protocol import TrainingPlan
from wrapper.data.tokens import Tokens
from wrapper.environments import Environment
from wrapper.pipeline.rendering import checked
from wrapper.plan.decide import decide
from wrapper.plan.dimensions import Dimensions
from wrapper.plan.machine import Machine
from wrapper.plan.plan import Plan
from wrapper.plan.training import training_plan
from wrapper.presets.gpu import gpu_names, load_gpu_preset
from wrapper.presets.load import load_model_preset, preset_names
from wrapper.presets.model import ModelPreset
from wrapper.presets.stacks import stack_of
from wrapper.resources import presets_dir
from wrapper.spec.fields import Budget, Data, Model, Spec, Task, Training

LINEAR_LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
FETCHED = Path.home() / ".cache" / "thriftune" / "models"
NAMES = sorted(file.stem for file in (presets_dir() / "models").glob("*.yaml"))
PAIRS = [(name, backend) for name in NAMES for backend in load_model_preset(name).backends]
FAMILIES = {  # model_type: whether Axolotl's LoRA kernels know its attention
    "llama": True,
    "qwen2": True,
    "qwen3": True,
    "qwen3_moe": True,
    "gemma2": True,
    "gemma3": True,
    "gemma3_text": True,
    "gpt_oss": True,
    "granite": True,
    "mistral": True,
    "smollm3": True,
    "olmo2": False,
    "olmo3": False,
    "phi3": False,
}
ODD = {"phi3": "phi-4", "gemma3": "gemma-3-4b", "qwen3_moe": "qwen3-30b-a3b", "gpt_oss": "gpt-oss-20b"}
PEFT_CODE = """
import json, sys
from peft import LoraConfig, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM

small = dict(hidden_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=16,
             intermediate_size=128, vocab_size=256, pad_token_id=0)
eyes = dict(hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64)
more = {
    "phi3": small,
    "gemma3": dict(text_config={**small, "model_type": "gemma3_text"}, vision_config=eyes),
    "qwen3_moe": dict(small, num_experts=4, moe_intermediate_size=32),
    "gpt_oss": dict(small, num_local_experts=4),
}
found = {}
for family, targets in json.loads(sys.argv[1]).items():
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(family, **more[family]))
    model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", r=2, target_modules=targets))
    found[family] = [name for name, module in model.named_modules() if hasattr(module, "lora_A")]
print("FOUND" + json.dumps(found))
"""


def planned(preset: ModelPreset, backend: str, gpu: str, *, known: bool = True) -> Plan:
    """700 short rows, QLoRA; LoRA for a mixture, whose stacked experts 4-bit loading leaves as they are."""
    spec = Spec(
        version=1,
        task=Task(name="t", kind="qa", metric="exact_match", target=0.5),
        data=Data(train="train.jsonl"),
        model=Model(preset=preset.name),
        training=Training(backend=backend, method="lora" if preset.architecture.experts else "qlora"),
        budget=Budget(gpu=gpu),
    )
    return decide(
        spec=spec,
        dimensions=Dimensions.of_preset(preset),
        preset=preset if known else None,
        stack=stack_of(backend),
        machine=Machine.of_gpu(load_gpu_preset(gpu)),
        train_row_tokens=[300] * 700,
        validation_row_tokens=[300] * 40,
        measured=[],
    )


@cache
def gpus_by_price() -> tuple[str, ...]:
    """Those without a price left out."""
    prices = {name: load_gpu_preset(name).cheapest_usd_per_hour for name in gpu_names()}
    return tuple(sorted((name for name in prices if prices[name]), key=lambda name: prices[name] or 0.0))


def plan_of(name: str, backend: str, folder: Path) -> TrainingPlan:
    """On the cheapest GPU that holds it, with nothing of the model on disk but its dimensions."""
    preset = load_model_preset(name)
    plans = (planned(preset, backend, gpu) for gpu in (*gpus_by_price(), "h200"))
    plan = next(plan for plan in plans if not plan.objections)
    model = folder / "model"
    model.mkdir()
    return training_plan(
        plan,
        model_path=model,
        train_file=folder / "train.jsonl",
        validation_file=folder / "validation.jsonl",
        work_dir=folder,
        end_of_turn=preset.chat_template.turn_end[0],
        max_seconds=None,
    )


def arguments_of(text: str) -> dict[str, Any]:
    """Keyword arguments of a script's calls and its constants, read as Python; names that are no values left out."""
    found: dict[str, Any] = {}
    for node in ast.walk(ast.parse(text)):
        named = [(keyword.arg, keyword.value) for keyword in node.keywords] if isinstance(node, ast.Call) else []
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named = [(node.targets[0].id, node.value)]
        for key, value in named:
            try:
                found[str(key)] = ast.literal_eval(value)
            except ValueError:
                continue
    return found


def targets_of(preset: ModelPreset, backend: str) -> object:
    """What the adapter must sit on, said apart from the code."""
    if backend == "unsloth":  # its copies of fused models are split
        return list(preset.lora_targets if preset.architecture.experts else LINEAR_LAYERS)
    if preset.text_parameters:
        return rf".*\.language_model\..*\.({'|'.join(LINEAR_LAYERS)})"
    if preset.architecture.experts or preset.architecture.fused_projections:
        return list(preset.lora_targets)
    return {"axolotl": None, "trl": "all-linear"}[backend]


@pytest.mark.parametrize(("name", "backend"), PAIRS)
def test_it_is_planned_rendered_and_passes_the_checks(name: str, backend: str, tmp_path: Path) -> None:
    plan, preset, module = plan_of(name, backend, tmp_path), load_model_preset(name), get_backend(backend)
    text = checked(module, module.render(plan)).text
    config = yaml.safe_load(text) if backend == "axolotl" else arguments_of(text)
    keys = ("base_model", "lora_r", "lora_alpha", "sequence_len", "lora_target_modules")
    if backend != "axolotl":
        keys = ("MODEL", "r", "lora_alpha", "max_length", "target_modules")
    assert [config.get(key) for key in keys] == [
        str(plan.model_path),
        plan.lora_r,
        plan.lora_alpha,
        plan.sequence_tokens,
        targets_of(preset, backend),
    ]
    assert plan.sequence_tokens >= 300
    four_bits = not preset.architecture.experts
    assert config.get("load_in_4bit", False) == four_bits
    if backend == "axolotl":
        assert config["adapter"] == ("qlora" if four_bits else "lora")
        assert config.get("lora_target_linear", False) == (targets_of(preset, backend) is None)
        assert config["eot_tokens"] == [preset.chat_template.turn_end[0]]
    else:
        assert config["END_OF_TURN"] == preset.chat_template.turn_end[0]


@pytest.mark.parametrize(("name", "backend"), [pair for pair in PAIRS if pair[1] == "unsloth"])
def test_the_config_of_unsloths_own_command_passes_its_checks(name: str, backend: str, tmp_path: Path) -> None:
    export = get_backend(backend).export(plan_of(name, backend, tmp_path))
    assert export is not None
    faults = get_backend(backend).validate(export.text, file=export.filename)
    assert [str(fault) for fault in faults if not fault.kind.startswith("warning")] == []
    config = yaml.safe_load(export.text)
    targets = targets_of(load_model_preset(name), backend)
    assert config["lora"]["target_modules"].split(",") == targets


def test_every_preset_is_rendered_and_some_need_targets_of_their_own() -> None:
    assert preset_names() == NAMES
    presets = [load_model_preset(name) for name in NAMES]
    assert {preset.name for preset in presets if set(preset.lora_targets) != set(LINEAR_LAYERS)} == {
        "gpt-oss-20b",
        "phi-4",
        "phi-4-mini",
        "qwen3-30b-a3b",
    }
    assert {preset.name for preset in presets if preset.text_parameters} == {
        "gemma-3-12b",
        "gemma-3-27b",
        "gemma-3-4b",
    }


@pytest.mark.parametrize("name", [name for name, backend in PAIRS if backend == "axolotl"])
def test_axolotls_lora_kernels_only_where_they_know_the_attention(name: str, tmp_path: Path) -> None:
    config = yaml.safe_load(get_backend("axolotl").render(plan_of(name, "axolotl", tmp_path)).text)
    unknown = name.startswith(("olmo", "phi"))
    assert [config[f"lora_{part}_kernel"] for part in ("qkv", "o", "mlp")] == [not unknown] * 3


def test_a_mixture_has_no_adapter_on_its_experts_with_trl_either(tmp_path: Path) -> None:
    text = get_backend("trl").render(plan_of("qwen3-30b-a3b", "unsloth", tmp_path)).text
    assert arguments_of(text)["target_modules"] == ["q_proj", "k_proj", "v_proj", "o_proj"]


def test_without_a_preset_all_linear_layers_are_taken() -> None:
    preset = load_model_preset("phi-4")
    known, unknown = planned(preset, "trl", "l40s"), planned(preset, "trl", "l40s", known=False)
    assert (known.lora_targets, known.reasons["lora_targets"]) == (preset.lora_targets, "those of the preset")
    assert (unknown.lora_targets, unknown.plain_attention) == (None, False)


@pytest.mark.parametrize("backend", ["axolotl", "trl", "unsloth"])
def test_full_training_names_no_layers(backend: str, tmp_path: Path) -> None:
    full = replace(plan_of("phi-4", "axolotl", tmp_path), method="full")
    module = get_backend(backend)
    assert "target" not in checked(module, module.render(full)).text


@pytest.mark.real
def test_axolotl_itself_knows_those_attentions_and_no_others(axolotl_environment: Environment, tmp_path: Path) -> None:
    """Its patch of an attention's source stops the training where it does not find what it replaces."""
    code = (
        "import sys\n"
        "from axolotl.monkeypatch.lora_kernels import patch_self_attn_lora as patch\n"
        "from axolotl.utils.dict import DictDefault\n"
        "for family in sys.argv[2:]:\n"
        "    try:\n"
        "        patch(DictDefault(base_model=f'{sys.argv[1]}/{family}', lora_qkv_kernel=True))\n"
        "    except AssertionError:\n"
        "        print('UNKNOWN', family)\n"
    )
    for family in FAMILIES:
        (tmp_path / family).mkdir()
        (tmp_path / family / "config.json").write_text(json.dumps({"model_type": family}), encoding="utf-8")
    done = subprocess.run(
        [str(axolotl_environment.python), "-c", code, str(tmp_path), *FAMILIES],
        env={"AXOLOTL_DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("UNKNOWN")}
    assert found == {family for family, plain in FAMILIES.items() if not plain}


@pytest.mark.real
def test_peft_puts_the_adapters_where_a_preset_says(trl_environment: Environment) -> None:
    """Small models of each odd family: towers, routers and experts stay as they are."""
    done = subprocess.run(
        [
            str(trl_environment.python),
            "-c",
            PEFT_CODE,
            json.dumps({family: targets_of(load_model_preset(name), "trl") for family, name in ODD.items()}),
        ],
        env={"HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("FOUND"))[5:])
    for family, name in ODD.items():
        assert {layer.rpartition(".")[2] for layer in found[family]} == set(load_model_preset(name).lora_targets)
        assert not [layer for layer in found[family] if "vision" in layer or "experts" in layer]


@pytest.fixture
def fetched() -> Path:
    """SmolLM2-135M as the hub has it, where this machine's user has fetched it."""
    found = FETCHED / (load_model_preset("smollm2-135m").hub_id.replace("/", "--"))
    if not (found / "config.json").is_file():
        pytest.skip("SmolLM2-135M is not on this machine")
    return found


def test_the_end_of_a_turn_is_that_of_the_models_own_template(fetched: Path) -> None:
    tokens, template = Tokens.load(fetched), load_model_preset("smollm2-135m").chat_template
    assert tokens.end_of_turn() == template.turn_end[0]
    assert set(tokens.end_tokens()) == set(template.turn_end)


def test_the_dimensions_are_those_of_the_models_own_config(fetched: Path) -> None:
    config = json.loads((fetched / "config.json").read_bytes())
    assert Dimensions.from_config(config) == Dimensions.of_preset(load_model_preset("smollm2-135m"))
