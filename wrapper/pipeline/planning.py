"""Decide what a training would be and cost, before any of it is spent."""

from __future__ import annotations

from dataclasses import dataclass

from wrapper.budget.allowance import Allowance
from wrapper.data.prepare import Prepared
from wrapper.data.rows import Row
from wrapper.data.tokens import Tokens
from wrapper.models import ModelFolder
from wrapper.pipeline.run import Run
from wrapper.plan.decide import Plan, decide
from wrapper.plan.dimensions import Dimensions
from wrapper.plan.machine import Machine
from wrapper.presets.load import load_model_preset
from wrapper.presets.measured import load_measured

_CHARACTERS_A_TOKEN = 4.0  # rough, for English text; only where the model's tokenizer is not at hand
_TEMPLATE_TOKENS = 16


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A plan, and the longest answer in tokens that an arm may generate."""

    plan: Plan
    max_answer_tokens: int


def make_plan(
    run: Run, prepared: Prepared, machine: Machine, model: ModelFolder | None, system_prompt: str
) -> Planned:
    """Plan with the model's own tokenizer where the model is on disk, else with a rough count."""
    spec = run.loaded.spec
    preset = load_model_preset(spec.model.preset) if spec.model.preset else None
    tokens = Tokens.load(model.path) if model else None
    dimensions = Dimensions.from_config(model.config) if model else Dimensions.from_preset(preset)
    spent = run.project.ledger.spent()
    plan = decide(
        spec=spec,
        dimensions=dimensions,
        preset=preset,
        machine=machine,
        train_row_tokens=_row_tokens(prepared.train, tokens, system_prompt),
        validation_row_tokens=_row_tokens(prepared.validation, tokens, system_prompt),
        measured=load_measured(),
        seconds_left=allowance(run).seconds_left(spent.usd, spent.gpu_hours),
    )
    return Planned(plan=plan, max_answer_tokens=_max_answer_tokens(run, prepared, tokens))


def allowance(run: Run) -> Allowance:
    """What the budget allows in all, at this device's price."""
    budget = run.loaded.spec.budget
    return Allowance(
        max_usd=budget.max_usd, max_gpu_hours=budget.max_gpu_hours, usd_per_hour=run.usd_per_hour
    )


def _row_tokens(rows: tuple[Row, ...], tokens: Tokens | None, system_prompt: str) -> list[int]:
    if tokens is not None:
        return list(tokens.lengths(rows, system_prompt).rows) if rows else []
    return [
        _TEMPLATE_TOKENS
        + round(
            (sum(len(turn.content) for turn in row.prompt(system_prompt)) + len(row.answer)) / _CHARACTERS_A_TOKEN
        )
        for row in rows
    ]


def _max_answer_tokens(run: Run, prepared: Prepared, tokens: Tokens | None) -> int:
    """A quarter more than the longest gold answer of the training rows, and room to end the turn."""
    given = run.loaded.spec.task.max_answer_tokens
    if given is not None or tokens is None:
        return given or 256
    longest = max(tokens.count([row.answer for row in prepared.train]))
    return longest + longest // 4 + 8
