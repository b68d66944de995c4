"""Faults between the keys of `training`, and of `training` with the rest of a spec."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wrapper.spec.conflict import Conflict, Key
from wrapper.spec.fields import Spec

_TRAINING: Key = ("training",)
_PARALLEL: Key = ("training", "parallel")


def training_conflicts(spec: Spec) -> Iterator[Conflict]:
    """All conflicts of the table `training`."""
    for check in (_method, _objective, _only_axolotl, _parallel):
        yield from check(spec)


def _method(spec: Spec) -> Iterator[Conflict]:
    training, numbers = spec.training, spec.training.overrides
    overrides = ("training", "overrides")
    if training.method == "full":
        if not training.reason.strip():
            yield Conflict(
                keys=(("training", "method"), ("training", "reason")),
                message="full fine-tuning costs most and needs a reason",
                suggestion="add `reason: ...` under `training`, or use `method: qlora`",
            )
        if training.lora_variant != "standard":
            yield Conflict(
                keys=(("training", "lora_variant"), ("training", "method")),
                message="`lora_variant` has no effect with `method: full`",
                suggestion="remove it, or use `method: lora`",
            )
        for key in ("lora_r", "lora_alpha", "lora_dropout"):
            if getattr(numbers, key) is not None:
                yield Conflict(
                    keys=((*overrides, key), ("training", "method")),
                    message=f"`{key}` has no effect with `method: full`",
                    suggestion="remove it, or use `method: lora`",
                )
    if numbers.epochs is not None and numbers.max_steps is not None:
        yield Conflict(
            keys=((*overrides, "max_steps"), (*overrides, "epochs")),
            message="`epochs` and `max_steps` both say when to stop",
            suggestion="keep one",
        )
    if numbers.warmup_steps == 1 and training.backend == "axolotl":
        yield Conflict(
            keys=((*overrides, "warmup_steps"),),
            message="Axolotl makes a warm-up of one step one of two",
            suggestion="give 0 or 2",
        )
    if numbers.max_steps is not None and (numbers.warmup_steps or 0) >= numbers.max_steps:
        yield Conflict(
            keys=((*overrides, "warmup_steps"), (*overrides, "max_steps")),
            message=f"warm-up of {numbers.warmup_steps} steps does not end within {numbers.max_steps} steps",
            suggestion="lower `warmup_steps`: a tenth of all steps is usual",
        )


def _objective(spec: Spec) -> Iterator[Conflict]:
    objective, corpus = (*_TRAINING, "objective"), ("data", "corpus")
    if spec.training.objective == "text" and spec.data.corpus is None:
        yield Conflict(
            keys=(objective, corpus),
            message="`objective: text` has no text to train on",
            suggestion="name a file of raw text as `data.corpus`",
        )
    if spec.training.objective == "chat" and spec.data.corpus is not None:
        yield Conflict(
            keys=(corpus, objective),
            message="`corpus` is not used with `objective: chat`",
            suggestion="set `training.objective: text`, or remove it",
        )


def _only_axolotl(spec: Spec) -> Iterator[Conflict]:
    training = spec.training
    if training.backend == "axolotl":
        return
    asked = {"kernels": bool(training.kernels), "parallel": training.parallel.world_size > 1}
    for key, is_set in asked.items():
        if is_set:
            yield Conflict(
                keys=((*_TRAINING, key), (*_TRAINING, "backend")),
                message=f"`{key}` is rendered for Axolotl only",
                suggestion="use `backend: axolotl`, or remove it",
            )


def _parallel(spec: Spec) -> Iterator[Conflict]:
    parallel = spec.training.parallel
    if parallel.sharding != "none" and parallel.world_size == 1:
        yield Conflict(
            keys=((*_PARALLEL, "sharding"), (*_PARALLEL, "gpus")),
            message=f"`sharding: {parallel.sharding}` has nobody to share with on one GPU",
            suggestion="raise `gpus`, or remove it",
        )
    if parallel.world_size % parallel.context_parallel:
        yield Conflict(
            keys=((*_PARALLEL, "context_parallel"), (*_PARALLEL, "gpus")),
            message=f"{parallel.world_size} GPUs cannot be divided into groups of {parallel.context_parallel}",
            suggestion="`gpus` times `nodes` must be a multiple of `context_parallel`",
        )
    if parallel.nodes > 1 and parallel.launcher == "torchrun" and parallel.rendezvous is None:
        yield Conflict(
            keys=((*_PARALLEL, "nodes"), (*_PARALLEL, "rendezvous")),
            message="several machines do not find each other",
            suggestion="give `rendezvous: HOST:PORT` of the first machine, or use `launcher: ray`",
        )
    if parallel.context_parallel > 1 and "flash_attention_2" not in spec.training.kernels:
        yield Conflict(
            keys=((*_PARALLEL, "context_parallel"), (*_TRAINING, "kernels")),
            message="`context_parallel` needs flash attention",
            suggestion="add `flash_attention_2` to `training.kernels`, or remove it",
        )
    if parallel.rendezvous is not None:
        yield from _rendezvous(spec)


def _rendezvous(spec: Spec) -> Iterator[Conflict]:
    parallel = spec.training.parallel
    if parallel.nodes == 1 or parallel.launcher == "ray":
        yield Conflict(
            keys=((*_PARALLEL, "rendezvous"), (*_PARALLEL, "nodes")),
            message="`rendezvous` is used only where torchrun starts several machines",
            suggestion="remove it, or raise `nodes`",
        )
    elif not _is_place(parallel.rendezvous or ""):
        yield Conflict(
            keys=((*_PARALLEL, "rendezvous"),),
            message=f"`rendezvous` must be HOST:PORT, not `{parallel.rendezvous}`",
            suggestion="such as `10.0.0.1:29500`",
        )


def _is_place(text: str) -> bool:
    """A host name or address, and a port."""
    found = re.fullmatch(r"([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:]+\]):(\d{1,5})", text)
    return found is not None and 0 < int(found[2]) < 65536
