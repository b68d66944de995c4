"""Decide what a training would be and cost, before any of it is spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from wrapper.budget.allowance import Allowance, price_of
from wrapper.data.corpus import DEFAULT_TOKENS, Corpus, cut, read_corpus
from wrapper.data.held_out import frozen_in
from wrapper.data.prepare import Prepared, prepare
from wrapper.data.row_lengths import row_lengths
from wrapper.data.rows import Row
from wrapper.data.tokens import Tokens
from wrapper.errors import EnvironmentFault
from wrapper.evaluation.prompts import default_prompt
from wrapper.ledger.records import Spend
from wrapper.models import ModelFolder, find_model
from wrapper.pipeline.machine import detect_machine
from wrapper.pipeline.project import held_out_file, open_project
from wrapper.plan.decide import decide
from wrapper.plan.dimensions import Dimensions
from wrapper.plan.machine import Machine
from wrapper.plan.plan import Plan
from wrapper.presets.gpu import gpu_names, load_gpu_preset
from wrapper.presets.load import load_model_preset
from wrapper.presets.measured import load_measured
from wrapper.presets.task import task_preset_for
from wrapper.spec.fields import Budget, Spec
from wrapper.spec.read import LoadedSpec

_CHARACTERS_A_TOKEN = 4.0  # rough, for English text; only where the model's tokenizer is not at hand
_TEMPLATE_TOKENS = 16


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A plan, the longest answer in tokens that an arm may generate, and the raw text where that is trained on.

    `data_objections` is what the data gate has to say; `rows_over_cap` counts training rows that are too long.
    """

    plan: Plan
    max_answer_tokens: int
    corpus: Corpus | None = None
    data_objections: tuple[str, ...] = ()
    rows_over_cap: int = 0


def price(budget: Budget) -> float:
    """Dollars an hour of the device that the spec names."""
    return price_of(budget, load_gpu_preset(budget.gpu) if budget.gpu in gpu_names() else None)


def is_priced(budget: Budget) -> bool:
    """False where nobody gave the device's price, which is then counted as 0."""
    return budget.usd_per_hour is not None or price(budget) > 0


def allowance(budget: Budget, devices: int = 1) -> Allowance:
    """What the budget allows in all, at the device's price."""
    return Allowance(
        max_usd=budget.max_usd,
        max_gpu_hours=budget.max_gpu_hours,
        usd_per_hour=price(budget),
        devices=devices,
    )


def labels_of(spec: Spec, train: Sequence[Row]) -> tuple[str, ...]:
    """The label set of a classification: the spec's, else that of the training rows."""
    if spec.task.kind != "classification":
        return ()
    return spec.task.labels or tuple(sorted({row.answer.strip() for row in train}))


def system_prompt_of(spec: Spec, train: Sequence[Row]) -> str:
    """The spec's instructions, else plain ones for its kind of task: what the model is trained with."""
    if spec.task.prompt:
        return spec.task.prompt
    return default_prompt(spec.task.kind, labels_of(spec, train), [row.answer for row in train])


def prepared_of(loaded: LoadedSpec) -> Prepared:
    """The rows that a run would take, for commands that only look."""
    spec = loaded.spec
    frozen = frozen_in(held_out_file(loaded.folder, spec.data.seed))
    return prepare(spec.data, loaded.folder, spec.task.kind, frozen=frozen)


def plan_of(loaded: LoadedSpec) -> Planned:
    """The plan of a spec, for commands that only look: nothing is fetched, trained or recorded."""
    spec = loaded.spec
    prepared = prepared_of(loaded)
    begun = (loaded.folder / ".thriftune" / "ledger").is_file()
    spent = open_project(loaded.folder).ledger.spent() if begun else Spend(usd=0.0, gpu_hours=0.0)
    model = find_model(spec.model, loaded.folder)
    if model is None and spec.model.preset is None:
        raise EnvironmentFault(
            f"{spec.model.base} is not on this machine, so its size is not known",
            hint="fetch it and name its folder as `model.base`, or name a preset: `thriftune presets ls`",
        )
    machine = detect_machine(spec.budget.gpu)
    return make_plan(spec, prepared, machine, model, spent, folder=loaded.folder)


def make_plan(
    spec: Spec,
    prepared: Prepared,
    machine: Machine,
    model: ModelFolder | None,
    spent: Spend,
    *,
    folder: Path,
    share_left: float = 1.0,
) -> Planned:
    """Plan with the model's own tokenizer where the model is on disk, else with its preset and a rough count.

    `folder` is what paths in the spec are relative to; `share_left` of the training is still to be done.
    """
    preset = load_model_preset(spec.model.preset) if spec.model.preset else None
    tokens = Tokens.load(model.path) if model else None
    if model:
        dimensions = Dimensions.from_config(model.config)
    else:
        assert preset is not None  # the caller has one or the other
        dimensions = Dimensions(**msgspec.structs.asdict(preset.architecture))
    prompt = system_prompt_of(spec, prepared.train)
    devices = spec.training.parallel.world_size
    corpus = _corpus(spec, folder, tokens, dimensions)
    if corpus:
        trained, validated = _piece_tokens(corpus.train, tokens), _piece_tokens(corpus.validation, tokens)
    else:
        trained, validated = (_row_tokens(rows, tokens, prompt) for rows in (prepared.train, prepared.validation))
    plan = decide(
        spec=spec,
        dimensions=dimensions,
        preset=preset,
        machine=machine,
        train_row_tokens=trained,
        validation_row_tokens=validated,
        measured=load_measured(),
        seconds_left=allowance(spec.budget, devices).seconds_left(spent.usd, spent.gpu_hours),
        usd_per_hour=price(spec.budget) * devices,
        share_left=share_left,
    )
    return Planned(
        plan=plan,
        max_answer_tokens=max_answer_tokens(spec, prepared, tokens),
        corpus=corpus,
        data_objections=prepared.objections,
        rows_over_cap=sum(count > plan.sequence_tokens for count in trained),
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


def guessed_row_tokens(rows: Sequence[Row], prompt: str) -> list[int]:
    """Tokens of each row as its characters let guess them, where the model's tokenizer is not at hand."""
    return [
        _TEMPLATE_TOKENS
        + round((sum(len(turn.content) for turn in row.prompt(prompt)) + len(row.answer)) / _CHARACTERS_A_TOKEN)
        for row in rows
    ]


def max_answer_tokens(spec: Spec, prepared: Prepared, tokens: Tokens | None) -> int:
    """A quarter more than the longest gold answer of the training rows, and room to end the turn.

    Without a tokenizer what is usual for the kind of task; the spec's own word comes first.
    """
    given = spec.task.max_answer_tokens
    if given is not None or tokens is None:
        return given or task_preset_for(spec.task.kind).max_answer_tokens
    longest = max(tokens.count([row.answer for row in prepared.train]))
    return longest + longest // 4 + 8
