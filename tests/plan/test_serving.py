"""What serving costs: the roofline against published runs, and what must hold of any model."""

from __future__ import annotations

import statistics
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from wrapper.errors import BadInput
from wrapper.plan.dimensions import Dimensions
from wrapper.plan.serving import Hosted, break_even, serving_of
from wrapper.presets.api_prices import ApiPrice
from wrapper.presets.gpu import gpu_names, load_gpu_preset
from wrapper.presets.load import load_model_preset, preset_names
from wrapper.presets.memory_runs import model_dimensions
from wrapper.presets.serving import ServingRun, load_demand, load_engine, load_serving_runs

RUNS = load_serving_runs()
PRICE = ApiPrice(
    name="small",
    provider="somebody",
    usd_per_million_input=0.5,
    usd_per_million_output=2.0,
    source="by hand",
    date="2026-11-25",
)


@cache
def dimensions_of(model: str) -> Dimensions:
    if model in preset_names():
        return Dimensions.of_preset(load_model_preset(model))
    facts = {name: fact for name, fact in model_dimensions()[model].items() if name != "parameters"}
    return Dimensions(max_positions=1, **facts)


def hosted(model="llama-3.1-8b", precision="bf16", gpu="a100-80gb", engine="vllm") -> Hosted:
    return Hosted(
        dimensions=dimensions_of(model),
        precision=precision,
        gpu=load_gpu_preset(gpu),
        engine=load_engine(engine),
    )


def served(model="llama-3.1-8b", precision="bf16", gpu="a100-80gb", **changes):
    request = {"prompt_tokens": 500, "answer_tokens": 100, "requests_per_month": 200_000, "usd_per_hour": 1.39}
    return serving_of(hosted(model, precision, gpu), peak_factor=4, runs=RUNS, **(request | changes))


def predicted(run: ServingRun, engine: str) -> float:
    model = hosted(run.model, run.precision, run.gpu, engine)
    if run.measures == "request":
        return run.answer_tokens / model.request_seconds(run.prompt_tokens, run.answer_tokens)
    if run.measures == "decode":
        return 1 / model.step_seconds(1, run.prompt_tokens + run.answer_tokens / 2)
    if run.measures == "prefill":
        return run.prompt_tokens / model.first_token_seconds(run.prompt_tokens)
    many = replace_most(model, run.concurrency)
    sequences = max(1, many.sequences_at_once(run.prompt_tokens, run.answer_tokens))
    return many.tokens_per_second(run.prompt_tokens, run.answer_tokens, sequences)


def replace_most(model: Hosted, sequences: int) -> Hosted:
    return replace(model, engine=changed(model.engine, most_sequences=sequences))


def errors(engine: str, *, held_out: bool, datacentre: bool | None = None) -> list[float]:
    """Relative errors of the tokens a second, smallest first."""
    program = load_engine(engine)
    found = [
        abs(predicted(run, engine) / run.tokens_per_second - 1)
        for run in RUNS
        if run.engine in program.runs_of
        and (run.model not in program.fitted_on) == held_out
        and (datacentre is None or (run.gpu[0] in "ah") == datacentre)
    ]
    return sorted(found)


@pytest.mark.parametrize(
    ("engine", "held_out", "runs", "median", "largest"),
    [
        ("vllm", False, 62, 0.03, 0.25),
        ("vllm", True, 70, 0.07, 0.25),
        ("transformers", False, 12, 0.07, 0.35),
        ("transformers", True, 9, 0.05, 0.24),
        ("llama-cpp", False, 24, 0.06, 0.36),
    ],
)
def test_published_runs_lie_within_the_stated_error(engine, held_out, runs, median, largest):
    found = errors(engine, held_out=held_out)
    assert len(found) == runs
    assert statistics.median(found) <= median
    assert found[-1] <= largest


def test_nine_of_ten_runs_that_are_held_out_lie_within_16_percent():
    found = errors("vllm", held_out=True)
    assert found[int(0.9 * len(found))] <= 0.16


def test_llama_cpp_is_told_of_on_consumer_gpus_and_overrated_on_others():
    assert errors("llama-cpp", held_out=True, datacentre=False)[-1] <= 0.2
    assert 0.3 <= errors("llama-cpp", held_out=True, datacentre=True)[-1] <= 1.0


def test_nearly_every_measured_speed_lies_within_the_range_of_its_estimate():
    spread = load_engine("vllm").measured
    ratios = [predicted(run, "vllm") / run.tokens_per_second for run in RUNS if run.engine in ("vllm", "tensorrt-llm")]
    inside = [spread.low <= ratio <= spread.high for ratio in ratios]
    assert sum(inside) / len(inside) >= 0.95


def test_runs_state_models_and_gpus_that_are_known():
    for run in RUNS:
        assert run.gpu in gpu_names()
        assert run.parameters == dimensions_of(run.model).parameters


def test_a_broken_run_is_named(tmp_path, monkeypatch):
    (tmp_path / "serving").mkdir()
    (tmp_path / "serving" / "runs.jsonl").write_text('{"model": 1}\n', encoding="utf-8")
    monkeypatch.setattr("wrapper.presets.serving.presets_dir", lambda: tmp_path)
    with pytest.raises(BadInput, match=r"runs\.jsonl:1` is broken"):
        load_serving_runs()


def test_an_8b_on_an_a100():
    found = served()
    assert found.fits
    assert (found.basis, found.latency_basis) == ("measured", "measured")
    assert found.latency_ms.likely == pytest.approx(1380, rel=0.1)
    assert found.tokens_per_second.likely == pytest.approx(2054, rel=0.02)
    assert found.gpus == 1
    assert found.usd_per_month_always_on == pytest.approx(720 * 1.39)
    busy_hours = 200_000 / found.requests_per_hour
    assert found.usd_per_month_busy_hours == pytest.approx(busy_hours * 1.39)
    assert found.usd_per_1000.low < found.usd_per_1000.likely < found.usd_per_1000.high


def test_a_70b_does_not_fit_a_card_of_24_gb():
    found = served("llama-3.3-70b", gpu="rtx-4090", precision="int4")
    assert not found.fits
    assert found.gpus is None
    assert found.reason.startswith("37.7 GiB of weights and 0.2 GiB of cache for one request do not fit the 20.2 GiB")


def test_what_was_not_measured_is_extrapolated():
    assert served(gpu="l4").basis == "extrapolated"
    assert served("smollm2-135m").basis == "extrapolated"
    quantised = served(precision="int4")
    assert (quantised.latency_basis, quantised.basis) == ("measured", "extrapolated")


def test_fewer_bits_answer_one_request_faster():
    latencies = [served(precision=precision).latency_ms.likely for precision in ("int4", "int8", "bf16")]
    assert latencies == sorted(latencies)
    assert latencies[0] < latencies[-1] / 1.5


@pytest.mark.parametrize("gpu", ["l4", "a100-80gb", "h100-sxm", "t4"])
def test_a_larger_model_is_slower_and_dearer(gpu):
    small, large = served("qwen2.5-0.5b", gpu=gpu), served("qwen2.5-3b", gpu=gpu)
    assert small.latency_ms.likely < large.latency_ms.likely
    assert small.usd_per_1000.likely < large.usd_per_1000.likely


lengths = st.integers(1, 4000)


@given(lengths, lengths, st.integers(1, 2000))
def test_more_tokens_cost_more(prompt, answer, more):
    base = served(prompt_tokens=prompt, answer_tokens=answer)
    for longer in (
        served(prompt_tokens=prompt + more, answer_tokens=answer),
        served(prompt_tokens=prompt, answer_tokens=answer + more),
    ):
        assert longer.latency_ms.likely > base.latency_ms.likely
        assert longer.usd_per_1000.likely > base.usd_per_1000.likely


@given(st.integers(1, 10**9), st.integers(1, 10**8))
def test_more_requests_never_cost_less(requests, more):
    base, busier = served(requests_per_month=requests), served(requests_per_month=requests + more)
    assert busier.gpus >= base.gpus
    assert busier.usd_per_month_busy_hours > base.usd_per_month_busy_hours
    assert base.usd_per_month_busy_hours <= base.usd_per_month_always_on
    assert base.gpus * base.requests_a_gpu >= requests


def test_a_mixture_reads_the_experts_that_it_needs():
    one, many = (hosted("qwen3-30b-a3b").step_seconds(sequences, 100) for sequences in (1, 256))
    assert one < hosted("qwen2.5-14b").step_seconds(1, 100) < many


def test_the_peak_is_the_one_that_the_preset_states():
    assert load_demand().peak_factor == 4


def test_break_even():
    found = break_even(1000.0, 50.0, PRICE, 500, 100, 4_000_000)  # 0.00045 dollars a request
    assert found.api_usd_per_month == pytest.approx(1800)
    assert found.saved_usd_per_month == pytest.approx(800)
    assert found.months == pytest.approx(50 / 800)
    assert found.requests_per_month == pytest.approx(1000 / 0.00045)


def test_a_dearer_model_never_pays_back():
    found = break_even(1000.0, 50.0, PRICE, 500, 100, 100_000)
    assert found.saved_usd_per_month == pytest.approx(45 - 1000)
    assert found.months is None
    assert found.requests_per_month == pytest.approx(1000 / 0.00045)


def test_a_full_gpu_that_costs_more_never_breaks_even():
    assert break_even(1000.0, 50.0, PRICE, 500, 100, 100_000, requests_a_gpu=1e6).requests_per_month is None
    two = break_even(2000.0, 50.0, PRICE, 500, 100, 5_000_000, gpus=2, requests_a_gpu=3e6)
    assert two.requests_per_month == pytest.approx(1000 / 0.00045)
