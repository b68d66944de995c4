"""What a GPU check trains with: each backend's environment, what it sees of the device, and the models it makes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gpu_grid import MODELS

from wrapper import process
from wrapper.environments import Accelerator, Environment, find
from wrapper.errors import EnvironmentFault
from wrapper.resources import worker_dir

WORKER_SECONDS = 300.0
_QUIET = {
    "HF_HUB_OFFLINE": "1",
    "WANDB_DISABLED": "true",
    "AXOLOTL_DO_NOT_TRACK": "1",
    "UNSLOTH_DISABLE_STATISTICS": "1",
}


def environment_of(backend: str, accelerator: Accelerator, python: str) -> Environment:
    """The installed environment, or the one of the interpreter that is named; raises EnvironmentFault."""
    if python:
        path = Path(python).absolute()  # not resolved: the link is what makes an environment of it
        return Environment(
            backend=backend, accelerator=accelerator, folder=path.parent.parent, python=path, lock_digest=""
        )
    found = find(backend, accelerator)
    if found is None:
        raise EnvironmentFault(f"not installed: thriftune backend install {backend} --{accelerator}")
    return found


def describe(environment: Environment, seconds: float) -> dict[str, Any]:
    """What the worker of that name says; raises EnvironmentFault where this backend cannot train here."""
    facts = _ask(environment, seconds, "describe_device.py", environment.backend, environment.accelerator)
    if facts["failed"]:
        raise EnvironmentFault(facts["failed"])
    return facts


def make_model(environment: Environment, model: str, folder: Path, seconds: float) -> Path:
    """The model with random weights below `folder`, made when it is first needed."""
    made, sizes = folder / model, MODELS[model][1]
    if (made / "tokenizer_config.json").is_file():  # written last
        return made
    config = {
        "hidden_size": sizes.hidden_size,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.attention_heads,
        "num_key_value_heads": sizes.kv_heads,
        "head_dim": sizes.head_dim,
        "intermediate_size": sizes.intermediate_size,
        "vocab_size": sizes.vocab_size,
        "max_position_embeddings": sizes.max_positions,
        "tie_word_embeddings": sizes.tied_embeddings,
    }
    arguments = ("make_model.py", str(made), json.dumps(config))
    try:
        answer = _ask(environment, seconds, *arguments, environment.accelerator)
    except EnvironmentFault:
        if environment.accelerator == "cpu":
            raise
        answer = _ask(environment, seconds, *arguments, "cpu")  # in bf16 it may not fit a GPU where NF4 does
    assert answer["parameters"] == sizes.parameters, answer
    return made


def _ask(environment: Environment, seconds: float, worker: str, *arguments: str) -> dict[str, Any]:
    """The JSON document that a worker prints as its last line."""
    ended = process.run(
        [str(environment.python), str(worker_dir() / worker), *arguments],
        env=process.child_environment(_QUIET),
        timeout=min(WORKER_SECONDS, seconds),
    )
    try:
        answer: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        last = " | ".join(ended.stderr.strip().splitlines()[-3:])
        raise EnvironmentFault(f"{worker}: {'it took too long' if ended.timed_out else last}") from None
    return answer
