"""The grid of a GPU check: models of real dimensions, shapes of a micro-batch, and rows of exact length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from wrapper.backends import BACKENDS
from wrapper.data.row_lengths import row_lengths
from wrapper.data.rows import Message, Row, make_row
from wrapper.data.tokens import Tokens
from wrapper.errors import UsageFault
from wrapper.plan.dimensions import Dimensions


def _llama(name: str, *sizes: int, tied: bool) -> tuple[str, Dimensions]:
    hidden, layers, heads, kv_heads, head, inner, vocabulary, positions = sizes
    return name, Dimensions(
        hidden_size=hidden,
        layers=layers,
        attention_heads=heads,
        kv_heads=kv_heads,
        head_dim=head,
        intermediate_size=inner,
        vocab_size=vocabulary,
        max_positions=positions,
        tied_embeddings=tied,
    )


# litgpt config.py at 26857050; tied embeddings: config.json of the two models
MODELS = {
    "1b": _llama("meta-llama/Llama-3.2-1B", 2048, 16, 32, 8, 64, 8192, 128256, 131072, tied=True),
    "8b": _llama("meta-llama/Llama-3.1-8B", 4096, 32, 32, 8, 128, 14336, 128256, 131072, tied=False),
}
TOY = "toy"
MODELS[TOY] = _llama("toy", 64, 2, 4, 2, 16, 128, 512, 2048, tied=True)
# (sequence, micro-batch, gradient checkpointing)
SHAPES = (
    (512, 4, False),
    (2048, 4, True),  # the small grid ends here
    (2048, 1, False),
    (2048, 1, True),
    (512, 4, True),
    (512, 16, False),
    (2048, 4, False),
    (2048, 8, True),
    (4096, 1, False),
    (4096, 1, True),
    (4096, 4, True),
    (8192, 1, True),
)
SMALL = 2
TOY_SHAPE = (64, 2, False)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One training of the grid."""

    model: str
    method: str
    backend: str
    sequence_tokens: int
    micro_batch: int
    gradient_checkpointing: bool

    def __str__(self) -> str:
        checkpointing = "with" if self.gradient_checkpointing else "without"
        shape = f"{self.micro_batch} rows of {self.sequence_tokens}, {checkpointing} checkpointing"
        return f"{self.backend} {self.model} {self.method}, {shape}"


def cells_of(backends: Sequence[str], models: Sequence[str], grid: str) -> list[Cell]:
    """`grid` is `small`, `full` or `rehearsal`; breadth first, so that one that ends early has seen every backend."""
    known = {*BACKENDS, *MODELS} - {TOY}
    unknown = [name for name in (*backends, *models) if name not in known]
    if unknown:
        raise UsageFault(f"unknown: {', '.join(unknown)}", hint=f"there are {', '.join(sorted(known))}")
    shapes: Sequence[tuple[int, int, bool]] = SHAPES[: SMALL if grid == "small" else None]
    methods: Sequence[str] = ("qlora", "lora")
    if grid == "rehearsal":
        shapes, models, methods = (TOY_SHAPE,), (TOY,), ("qlora",)
    return [
        Cell(
            model=model,
            method=method,
            backend=backend,
            sequence_tokens=tokens,
            micro_batch=rows,
            gradient_checkpointing=checkpointing,
        )
        for (tokens, rows, checkpointing), model, method, backend in product(shapes, models, methods, backends)
    ]


def rows_of(tokens: Tokens, length: int, count: int) -> list[Row]:
    """Rows of exactly `length` tokens, for a tokenizer of bytes: half of the text asks, half answers."""

    def row(number: int, letters: int) -> Row:
        text = "".join(chr(97 + (number * 7 + place * place) % 26) for place in range(letters))
        asked = Message(role="user", content=text[: letters // 2])
        return make_row([asked], text[letters // 2 :], file="", line=number + 1)

    around = row_lengths(tokens, [row(0, 4)])[0] - 4
    rows = [row(number, length - around) for number in range(count)]
    assert set(row_lengths(tokens, rows)) == {length}
    return rows
