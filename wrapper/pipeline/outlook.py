"""What a plan looks like in money beside the training: other GPUs, the whole ladder, and what serving would cost."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from statistics import fmean
from typing import Any

from wrapper.data.prepared import Prepared
from wrapper.ledger.records import Spend
from wrapper.pipeline.plan_input import PlanInput, guessed_tokens
from wrapper.pipeline.planning import Planned, plan_on
from wrapper.plan.ladder_cost import (
    AnswerSpeed,
    Arm,
    LadderCost,
    ladder_cost,
    longer_prompt,
    speed_on_cpu,
    speed_on_gpu,
)
from wrapper.plan.machine import Machine
from wrapper.plan.plan import Plan, Range
from wrapper.plan.serving import BreakEven, Hosted, Serving, api_usd_per_request, break_even, serving_of
from wrapper.presets.api_prices import ApiPrice, load_api_prices
from wrapper.presets.gpu import GpuPreset, Price, gpu_names, load_gpu_preset
from wrapper.presets.prices import cheapest_of
from wrapper.presets.serving import load_cpu_speed, load_demand, load_engine, load_serving_runs
from wrapper.presets.task import task_preset_for
from wrapper.spec.fields import NEED_NO_MODEL, TUNED_ARMS, Spec

_ROWS_AT_ONCE = 64
_PASSAGE_TOKENS = 250  # of the passages that `rag` cuts, which have 120 to 200 words


@dataclass(frozen=True, kw_only=True)
class OtherGpu:
    """The same training on a GPU that it fits, at the lowest price that is known."""

    gpu: str
    price: Price
    memory_gib: Range
    seconds: Range
    usd: Range


@dataclass(frozen=True, kw_only=True)
class Served:
    """Serving on the GPU where the volume costs least; `payback` against the cheapest hosted model that is listed."""

    gpu: str
    price: Price
    serving: Serving
    api: ApiPrice
    payback: BreakEven


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """`served` is None where no GPU with a price holds the model, and without `serving.requests_per_month`."""

    other_gpus: tuple[OtherGpu, ...]
    ladder: LadderCost
    served: Served | None


def outlook(spec: Spec, planned: Planned, *, usd_per_hour: float) -> Outlook:
    """All of it, from data files alone."""
    ladder = _ladder(spec, planned, usd_per_hour)
    return Outlook(
        other_gpus=tuple(other_gpus(planned.lengths)),
        ladder=ladder,
        served=_served(spec, planned, ladder.usd.likely),
    )


def outlook_document(found: Outlook, *, priced: bool) -> dict[str, Any]:
    """Plain values, for `--json`; dollars of a device whose price nobody knows are None."""
    document = asdict(found)
    if not priced:
        for part in (document["ladder"], *document["ladder"]["rungs"]):
            part["usd"] = None
    return document


def other_gpus(lengths: PlanInput) -> list[OtherGpu]:
    """Every GPU with a price that the training fits, cheapest first; what the budget leaves is not asked."""
    found = []
    for preset, price in _priced_gpus():
        plan = _plan_on_gpu(lengths, preset, price.usd_per_hour)
        if plan.estimate.memory_gib.likely <= preset.memory_gib:
            estimate = plan.estimate
            found.append(
                OtherGpu(
                    gpu=preset.name,
                    price=price,
                    memory_gib=estimate.memory_gib,
                    seconds=estimate.seconds,
                    usd=estimate.usd,
                )
            )
    return sorted(found, key=lambda one: one.usd.likely)


@cache
def _priced_gpus() -> list[tuple[GpuPreset, Price]]:
    presets = [load_gpu_preset(name) for name in gpu_names()]
    return [(preset, price) for preset in presets if (price := cheapest_of(preset)) is not None]


def _plan_on_gpu(lengths: PlanInput, preset: GpuPreset, usd_per_hour: float) -> Plan:
    nothing = Spend(usd=0.0, gpu_hours=0.0)
    return plan_on(lengths, Machine.of_gpu(preset), spent=nothing, usd_per_hour=usd_per_hour)


def _ladder(spec: Spec, planned: Planned, usd_per_hour: float) -> LadderCost:
    prepared = planned.prepared
    prompt, answer = _request_tokens(planned)
    arms = {name: _arm(name, spec, prepared, prompt, answer) for name in spec.evaluation.arms}
    asked = {name: arm for name, arm in arms.items() if name not in NEED_NO_MODEL}
    tuned = [arm for name, arm in asked.items() if name in TUNED_ARMS]
    wordings = 1 + len(spec.task.prompt_candidates)
    search = None
    if spec.evaluation.prompt_search and set(asked) - {"base", *TUNED_ARMS} and wordings > 1:
        rows = wordings * len(prepared.validation)
        search = Arm(name="prompt search", rows=rows, prompt_tokens=prompt, answer_tokens=answer)
    return ladder_cost(
        before=[arm for name, arm in asked.items() if name not in TUNED_ARMS],
        after=tuned,
        prompt_search=search,
        training=planned.plan.estimate.seconds if tuned else None,
        starts=2 if tuned else 1,
        speed=_speed(planned.lengths, planned.machine, prompt, answer),
        usd_per_hour=usd_per_hour,
    )


def _arm(name: str, spec: Spec, prepared: Prepared, prompt: float, answer: float) -> Arm:
    shots = spec.task.shots or task_preset_for(spec.task.kind).shots
    if name in ("few_shot", "retrieved_examples"):
        prompt = longer_prompt(prompt, examples=shots, example_tokens=prompt + answer)
    elif name == "rag" or (name == "tuned_retrieval" and spec.evaluation.documents):
        prompt = longer_prompt(prompt, passages=spec.evaluation.passages * _PASSAGE_TOKENS)
    elif name == "tuned_retrieval":
        prompt = longer_prompt(prompt, examples=shots, example_tokens=prompt + answer)
    return Arm(name=name, rows=len(prepared.test), prompt_tokens=prompt, answer_tokens=answer)


def _speed(lengths: PlanInput, machine: Machine, prompt: float, answer: float) -> AnswerSpeed:
    if machine.accelerator == "cpu":
        parameters = lengths.dimensions.parameters
        return speed_on_cpu(parameters, threads=machine.threads, bf16=machine.bf16, cpu=load_cpu_speed())
    gpu = load_gpu_preset(machine.name) if machine.name in gpu_names() else load_gpu_preset("t4")
    hosted = Hosted(dimensions=lengths.dimensions, precision="bf16", gpu=gpu, engine=load_engine("transformers"))
    return speed_on_gpu(
        hosted, prompt_tokens=_whole(prompt), answer_tokens=_whole(answer), rows_at_once=_ROWS_AT_ONCE
    )


def _served(spec: Spec, planned: Planned, invested_usd: float) -> Served | None:
    volume = spec.serving.requests_per_month
    if volume is None:
        return None
    prompt, answer = map(_whole, _request_tokens(planned))
    engine, demand, runs = load_engine(), load_demand(), load_serving_runs()
    options = []
    for preset, price in _priced_gpus():
        hosted = Hosted(dimensions=planned.lengths.dimensions, precision="bf16", gpu=preset, engine=engine)
        serving = serving_of(
            hosted,
            prompt_tokens=prompt,
            answer_tokens=answer,
            requests_per_month=volume,
            usd_per_hour=price.usd_per_hour,
            peak_factor=demand.peak_factor,
            runs=runs,
        )
        if serving.usd_per_month_always_on is not None:
            options.append((serving.usd_per_month_always_on, preset.name, price, serving))
    if not options:
        return None
    monthly, name, price, serving = min(options, key=lambda option: option[0])
    api = min(load_api_prices(), key=lambda one: api_usd_per_request(one, prompt, answer))
    payback = break_even(
        monthly,
        invested_usd,
        api,
        prompt,
        answer,
        volume,
        gpus=serving.gpus or 1,
        requests_a_gpu=serving.requests_a_gpu,
    )
    return Served(gpu=name, price=price, serving=serving, api=api, payback=payback)


def _request_tokens(planned: Planned) -> tuple[float, float]:
    """Mean tokens of a row's prompt with the instructions, and of its gold answer."""
    lengths, rows = planned.lengths, planned.prepared.test or planned.prepared.train
    answer = fmean(guessed_tokens(lengths.tokens, [row.answer for row in rows]))
    return max(1.0, fmean(lengths.train) - answer), max(1.0, answer)


def _whole(tokens: float) -> int:
    return max(1, round(tokens))
