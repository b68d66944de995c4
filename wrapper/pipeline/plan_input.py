"""What a plan is made from besides the device: the model's dimensions, and the tokens of every row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wrapper.data.corpus import DEFAULT_TOKENS, Corpus, cut, read_corpus
from wrapper.data.prepared import Prepared
from wrapper.data.row_lengths import row_lengths
from wrapper.data.rows import Row
from wrapper.data.scripts import UNSPACED
from wrapper.data.tokens import Tokens
from wrapper.models import ModelFolder
from wrapper.models.candidates import preset_of
from wrapper.pipeline.task_prompt import system_prompt_of
from wrapper.plan.dimensions import Dimensions
from wrapper.presets.model import ModelPreset
from wrapper.spec.fields import Spec

_CHARACTERS_A_TOKEN = 4.0  # rough, for English text; only where the model's tokenizer is not at hand
_TEMPLATE_TOKENS = 16
_UNSPACED = re.compile(f"[{UNSPACED}]")


@dataclass(frozen=True, kw_only=True)
class PlanInput:
    """`train` and `validation` are tokens of each row, or of each piece of the corpus; without `tokens` guessed."""

    spec: Spec
    dimensions: Dimensions
    preset: ModelPreset | None
    tokens: Tokens | None
    corpus: Corpus | None
    train: tuple[int, ...]
    validation: tuple[int, ...]


def plan_input(spec: Spec, prepared: Prepared, model: ModelFolder | None, folder: Path) -> PlanInput:
    """With the model's own tokenizer and config where it is on disk, else with the preset that the spec names."""
    preset = preset_of(spec.model)
    tokens = Tokens.load(model.path) if model else None
    if model:
        dimensions = Dimensions.from_config(model.config)
    else:
        assert preset is not None  # the caller has one or the other
        dimensions = Dimensions.of_preset(preset)
    corpus = _corpus(spec, folder, tokens, dimensions)
    if corpus:
        train, validation = _piece_tokens(corpus.train, tokens), _piece_tokens(corpus.validation, tokens)
    else:
        prompt = system_prompt_of(spec, prepared.train)
        train, validation = (_row_tokens(rows, tokens, prompt) for rows in (prepared.train, prepared.validation))
    return PlanInput(
        spec=spec,
        dimensions=dimensions,
        preset=preset,
        tokens=tokens,
        corpus=corpus,
        train=tuple(train),
        validation=tuple(validation),
    )


def _corpus(spec: Spec, folder: Path, tokens: Tokens | None, dimensions: Dimensions) -> Corpus | None:
    if spec.training.objective != "text" or spec.data.corpus is None:
        return None
    wanted = spec.training.overrides.sequence_len or DEFAULT_TOKENS
    return cut(
        read_corpus(folder / spec.data.corpus),
        tokens,
        piece_tokens=min(wanted, dimensions.max_positions),
        characters_a_token=_CHARACTERS_A_TOKEN,
    )


def _piece_tokens(pieces: tuple[str, ...], tokens: Tokens | None) -> list[int]:
    """Tokens of each piece and the one that ends it."""
    if tokens is not None:
        return [count + 1 for count in tokens.count(pieces)]
    return [round(len(piece) / _CHARACTERS_A_TOKEN) + 1 for piece in pieces]


def _row_tokens(rows: tuple[Row, ...], tokens: Tokens | None, prompt: str) -> list[int]:
    if tokens is not None:
        return row_lengths(tokens, rows, prompt)
    return guessed_row_tokens(rows, prompt)


def guessed_tokens(tokens: Tokens | None, texts: Sequence[str]) -> list[float]:
    """Tokens of each text, guessed from its characters where the model's tokenizer is not at hand."""
    if tokens is not None:
        return [float(count) for count in tokens.count(texts)]
    return [_guessed(text) for text in texts]


def _guessed(text: str) -> float:
    """Four characters a token, one where a script parts no words by spaces."""
    alone = len(_UNSPACED.findall(text))
    return alone + (len(text) - alone) / _CHARACTERS_A_TOKEN


def guessed_row_tokens(rows: Sequence[Row], prompt: str) -> list[int]:
    """Tokens of each row as its characters let guess them, where the model's tokenizer is not at hand."""
    return [
        _TEMPLATE_TOKENS + round(_guessed("".join(turn.content for turn in row.prompt(prompt)) + row.answer))
        for row in rows
    ]
