"""What training programs hold in memory: one set of coefficients a program, each with its source."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from wrapper.documents import read_document
from wrapper.errors import BadInput
from wrapper.resources import presets_dir

Text = Annotated[str, Meta(min_length=1)]
Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]


class Stack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One program's way of holding a step; see the head of presets/memory/stacks.yaml.

    Where weights are quantised, `quantised_layer_bytes` are kept besides of each number inside a gated MLP, and
    `embedding_bytes` of each number of the embeddings and the head; `quantises_experts`: those of a mixture are
    quantised like other layers. `device_gib` is what the process holds on a GPU besides all that is allocated.
    `fitted_on` are models of presets/memory.
    """

    name: Text
    title: Text
    saved_bytes: NotNegative
    layer_factor: Positive
    logit_bytes: NotNegative
    quantised_layer_bytes: NotNegative = 0.0
    embedding_bytes: NotNegative = 0.0
    device_gib: NotNegative = 1.0
    quantises_experts: bool = False
    fitted_on: tuple[Text, ...]
    source: Text


class _Stacks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: Literal[1]
    stacks: tuple[Stack, ...]


@cache
def load_stacks() -> dict[str, Stack]:
    """All stacks by name; raises BadInput that names the file for a broken one."""
    file = presets_dir() / "memory" / "stacks.yaml"
    try:
        stacks = msgspec.convert(read_document(file).value, _Stacks).stacks
    except msgspec.ValidationError as failure:
        raise BadInput(f"`{file}` is broken: {failure}", hint="restore the file, or install thriftune again") from None
    return {stack.name: stack for stack in stacks}


def stack_of(backend: str, kernels: tuple[str, ...] = ()) -> Stack:
    """The stack that a backend trains with: kernels that never hold all logits make another one of Axolotl."""
    if backend in load_stacks():
        return load_stacks()[backend]
    chunked = {"liger", "cut_cross_entropy"} & set(kernels)
    return load_stacks()["chunked_loss" if chunked else "transformers"]
