"""Seconds and dollars of the whole ladder before it is climbed, rung by rung."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wrapper.plan.estimate import dollars
from wrapper.plan.plan import Basis, Range, sum_of
from wrapper.plan.serving import Hosted
from wrapper.presets.serving import CpuSpeed, Spread


@dataclass(frozen=True, kw_only=True)
class AnswerSpeed:
    """How fast a device evaluates: tokens a second of prompts and of answers in batches, seconds of one start-up."""

    prefill_tokens_per_second: float
    decode_tokens_per_second: float
    startup_seconds: float
    spread: Spread
    basis: Basis
    detail: str


@dataclass(frozen=True, kw_only=True)
class Arm:
    """Rows that one arm answers, with the tokens of one prompt and one answer.

    Where it scores `choices` by likelihood it writes nothing: `answer_tokens` are those of one choice. An arm
    without a model has neither.
    """

    name: str
    rows: int
    prompt_tokens: float
    answer_tokens: float
    choices: int = 0


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One part of the ladder."""

    name: str
    seconds: Range
    usd: Range


@dataclass(frozen=True, kw_only=True)
class LadderCost:
    """All rungs in the order they are climbed, and their sum: its ends are those of rungs that all go wrong alike."""

    rungs: tuple[Rung, ...]
    seconds: Range
    usd: Range
    basis: Basis
    detail: str


def longer_prompt(prompt_tokens: float, *, examples: int = 0, example_tokens: float = 0, passages: float = 0) -> float:
    """Tokens of a prompt with so many examples of so many tokens each, and with passages of so many in all."""
    return prompt_tokens + examples * example_tokens + passages


def speed_on_cpu(parameters: int, *, threads: int, bf16: bool, cpu: CpuSpeed) -> AnswerSpeed:
    """From the one model that was measured: a token's work goes by the weights, the speed by the threads."""
    measured = cpu.prefill_tokens_per_second["bf16" if bf16 else "fp32"]
    prefill = measured * cpu.parameters / parameters * threads / cpu.threads
    same = parameters == cpu.parameters and threads == cpu.threads
    return AnswerSpeed(
        prefill_tokens_per_second=prefill,
        decode_tokens_per_second=prefill * cpu.decode_share,
        startup_seconds=cpu.startup_seconds,
        spread=cpu.measured if same else cpu.extrapolated,
        basis="measured" if same else "extrapolated",
        detail=f"{cpu.model} on {cpu.processor}",
    )


def speed_on_gpu(
    hosted: Hosted, *, prompt_tokens: int, answer_tokens: int, rows_at_once: int, startup_seconds: float = 60.0
) -> AnswerSpeed:
    """By the roofline of the program that evaluates, with as many rows in a step as there are and as fit."""
    rows = max(1, min(rows_at_once, hosted.sequences_at_once(prompt_tokens, answer_tokens)))
    step = hosted.step_seconds(rows, prompt_tokens + answer_tokens / 2)
    return AnswerSpeed(
        prefill_tokens_per_second=prompt_tokens / hosted.prefill_seconds(prompt_tokens),
        decode_tokens_per_second=rows / step,
        startup_seconds=startup_seconds,
        spread=hosted.engine.extrapolated,
        basis="extrapolated",
        detail=f"{hosted.engine.title} on `{hosted.gpu.name}`, {rows} rows at once",
    )


def arm_seconds(arm: Arm, speed: AnswerSpeed) -> float:
    """Likely seconds of one arm, its start-up apart."""
    read = arm.prompt_tokens + arm.choices * arm.answer_tokens
    written = 0.0 if arm.choices else arm.answer_tokens
    a_row = read / speed.prefill_tokens_per_second + written / speed.decode_tokens_per_second
    return arm.rows * a_row


def ladder_cost(
    *,
    before: Sequence[Arm],
    after: Sequence[Arm] = (),
    prompt_search: Arm | None = None,
    training: Range | None = None,
    smoke: Range | None = None,
    starts: int = 1,
    speed: AnswerSpeed,
    usd_per_hour: float,
) -> LadderCost:
    """The arms `before` training and `after` it.

    `prompt_search` has all candidates' validation rows. `training` and `smoke` are seconds with their own start-ups;
    `starts` are those of evaluation.
    """
    starting = [("start-ups", _ranged(starts * speed.startup_seconds, speed))]
    searching = [] if prompt_search is None else [(prompt_search.name, _of_arm(prompt_search, speed))]
    trained = [("smoke run", smoke), ("training", training)]
    parts: list[tuple[str, Range]] = [
        *starting,
        *searching,
        *((arm.name, _of_arm(arm, speed)) for arm in before),
        *((name, seconds) for name, seconds in trained if seconds is not None),
        *((arm.name, _of_arm(arm, speed)) for arm in after),
    ]
    rungs = tuple(Rung(name=name, seconds=seconds, usd=dollars(seconds, usd_per_hour)) for name, seconds in parts)
    seconds = sum_of([rung.seconds for rung in rungs])
    return LadderCost(
        rungs=rungs,
        seconds=seconds,
        usd=dollars(seconds, usd_per_hour),
        basis=speed.basis,
        detail=speed.detail,
    )


def _of_arm(arm: Arm, speed: AnswerSpeed) -> Range:
    return _ranged(arm_seconds(arm, speed), speed)


def _ranged(likely: float, speed: AnswerSpeed) -> Range:
    return Range(low=likely * speed.spread.low, likely=likely, high=likely * speed.spread.high)
