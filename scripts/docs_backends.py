"""docs/backends.md: which field of a plan becomes what in each backend, found by rendering it twice."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import yaml

from wrapper.backends import axolotl, trl, unsloth
from wrapper.backends.protocol import TrainingPlan
from wrapper.spec.fields import Parallel

BASE = TrainingPlan(
    model_path=Path("/model"),
    method="qlora",
    accelerator="cuda",
    precision="bf16",
    attention="sdpa",
    sequence_tokens=512,
    micro_batch_size=4,
    gradient_accumulation_steps=2,
    steps=100,
    learning_rate=2e-4,
    lr_scheduler="linear",
    warmup_steps=5,
    weight_decay=0.0,
    optimizer="adamw_8bit",
    lora_r=16,
    lora_alpha=32,
    lora_dropout=0.0,
    lora_variant="standard",
    objective="chat",
    kernels=(),
    parallel=Parallel(),
    gradient_checkpointing=False,
    sample_packing=False,
    end_of_turn="<|im_end|>",
    eval_steps=25,
    save_steps=25,
    early_stopping_patience=2,
    seed=0,
    train_file=Path("/rows/train.jsonl"),
    validation_file=Path("/rows/validation.jsonl"),
    prepared_dir=Path("/prepared"),
    output_dir=Path("/adapter"),
    resume_from=None,
    events_file=Path("/events.jsonl"),
    stop_file=Path("/stop"),
    max_seconds=600.0,
    threads=2,
)
# another value of each field; a field that is left out here would be missed by the page's test
OTHER: dict[str, Any] = {
    "model_path": Path("/other"),
    "method": "lora",
    "precision": "fp16",
    "attention": "eager",
    "sequence_tokens": 256,
    "micro_batch_size": 8,
    "gradient_accumulation_steps": 3,
    "steps": 50,
    "learning_rate": 1e-4,
    "lr_scheduler": "cosine",
    "warmup_steps": 7,
    "weight_decay": 0.1,
    "optimizer": "adamw_torch",
    "lora_r": 8,
    "lora_alpha": 9,
    "lora_dropout": 0.05,
    "lora_variant": "rslora",
    "lora_targets": ("q_proj", "v_proj"),
    "plain_attention": False,
    "objective": "text",
    "kernels": ("liger",),
    "parallel": Parallel(gpus=2, sharding="fsdp2"),
    "gradient_checkpointing": True,
    "sample_packing": True,
    "end_of_turn": "</s>",
    "eval_steps": 50,
    "save_steps": 50,
    "early_stopping_patience": None,
    "seed": 1,
    "train_file": Path("/rows/other.jsonl"),
    "validation_file": Path("/rows/others.jsonl"),
    "prepared_dir": Path("/other"),
    "output_dir": Path("/other"),
    "resume_from": Path("/adapter/checkpoint-25"),
    "events_file": Path("/other.jsonl"),
    "stop_file": Path("/other"),
    "max_seconds": 700.0,
    "threads": 3,
}

INTRODUCTION = """\
# Backends

One plan renders to all three: `axolotl` (its YAML), `unsloth` (a script on its library, and the YAML of its own
command as an export) and `trl` (a script on transformers, PEFT and TRL). `thriftune render --backend trl` is also
the way out: the script needs nothing of thriftune.

On a CPU the three are fed the same token ids, labels and attention masks, batch by batch, and take the same steps
at the same learning rates; their losses agree to within 0.05 over a short run of SmolLM2-135M. They cannot agree to
the last digit: each draws the new adapter's weights in another order, and they hold other releases of
transformers and PEFT. `tests/real/test_backends_agree.py` proves it on every change.

Only the answers are trained, up to the token that ends a turn; that token comes from the model's chat template.

## Fields

What each field of a plan changes in what is rendered, found by rendering it with another value.
"""

ENDING = """\

`threads` counts on a CPU only.

## More than one GPU

`training.parallel` renders Axolotl configs with DeepSpeed ZeRO-2 and ZeRO-3, FSDP2 and context parallelism, with
torchrun's arguments for one machine or several, or for Ray. They are held against the plan and pass Axolotl's own
validator; they were not run: no machine with several GPUs was at hand. `thriftune run` starts one GPU only, and says
so; `thriftune render` writes the config and prints the command. The same holds for `training.kernels` (Liger, cut
cross-entropy, flash attention), which need a GPU. Tensor parallelism is left out.

## Out of memory

Before a training of a quarter of an hour and more, a smoke run trains two steps on the longest rows, evaluates and
saves, and refuses where the measured speed does not fit the budget (`thriftune train --smoke` does only that). Where
memory runs out, in the smoke run or later, thriftune says so and tries again, at most three times: half the rows at
once at the same rows a step, then gradient checkpointing, then a shorter cap on rows. Each attempt's cost is in the
ledger, and what was changed is in the result.
"""


def page() -> str:
    rows = ["| plan | Axolotl | Unsloth script | Unsloth YAML | TRL script |", "|---|---|---|---|---|"]
    rows += [_row(field.name) for field in fields(TrainingPlan) if field.name in OTHER]
    return "\n".join([INTRODUCTION, *rows, ENDING])


def _row(name: str) -> str:
    base = replace(BASE, accelerator="cpu") if name == "threads" else BASE
    changed = replace(base, **{name: OTHER[name]})
    cells = []
    for render in (_axolotl, _unsloth, _unsloth_yaml, _trl):
        ours, theirs = render(base), render(changed)
        keys = [key for key in {**ours, **theirs} if ours.get(key) != theirs.get(key)]
        cells.append(", ".join(f"`{key}`" for key in _short(keys)))
    return f"| `{name}` | {' | '.join(cells)} |"


def _short(keys: list[str]) -> list[str]:
    """A few names; of many the first ones."""
    return keys if len(keys) <= 6 else [*keys[:6], "..."]


def _axolotl(plan: TrainingPlan) -> dict[str, Any]:
    return dict(_flat(yaml.safe_load(axolotl.render(plan).text), ""))


def _unsloth_yaml(plan: TrainingPlan) -> dict[str, Any]:
    return dict(_flat(yaml.safe_load(unsloth.export(plan).text), ""))


def _unsloth(plan: TrainingPlan) -> dict[str, Any]:
    return _script(unsloth.render(plan).text)


def _trl(plan: TrainingPlan) -> dict[str, Any]:
    return _script(trl.render(plan).text)


def _flat(value: Any, name: str) -> list[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return [pair for key, inner in value.items() for pair in _flat(inner, f"{name}.{key}".removeprefix("."))]
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        return [pair for item in value for pair in _flat(item, f"{name}[]")]
    return [(name, value)]


def _script(text: str) -> dict[str, Any]:
    """Keyword arguments of the calls, and constants: the name in the script, and its source."""
    found: dict[str, Any] = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            for keyword in node.keywords:
                if not isinstance(keyword.value, ast.Call):
                    found[f"{name}({keyword.arg})"] = ast.unparse(keyword.value)
            for argument in node.args:
                if isinstance(argument, ast.Constant) and name.startswith("set_"):
                    found[f"{name}()"] = argument.value
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            found[ast.unparse(node.targets[0])] = node.value.value
    return found
