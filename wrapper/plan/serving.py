"""What it costs to serve a model on a GPU: how long one answer takes, how many a GPU gives, what a month costs.

A roofline: a prompt is bound by arithmetic, an answer by reading the weights once a step and the cache of each
sequence. The shares of a GPU's peaks that are reached go by program: `Engine`, whose sources stand in presets/serving.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from wrapper.plan.dimensions import Dimensions
from wrapper.plan.memory import GIB
from wrapper.plan.plan import Basis, Range
from wrapper.presets.api_prices import ApiPrice
from wrapper.presets.gpu import GpuPreset
from wrapper.presets.serving import Engine, Served, ServingRun

HOURS_A_MONTH = 720

_CACHE_BYTES = 2  # of a number in the cache, which stays in 16 bits whatever the weights are
_LIKE_SIZE = 2.0  # a run tells of models up to so many times larger or smaller


@dataclass(frozen=True, kw_only=True)
class Hosted:
    """A model in the precision it is served in, on one GPU, by one program."""

    dimensions: Dimensions
    precision: Served
    gpu: GpuPreset
    engine: Engine

    @property
    def weight_bytes(self) -> float:
        """All weights as they lie in memory; embeddings and head have a precision of their own."""
        dimensions, weights = self.dimensions, self.engine.weights[self.precision]
        others = dimensions.parameters - dimensions.linear_parameters
        return dimensions.linear_parameters * weights.bytes_a_weight + others * weights.head_bytes

    @property
    def cache_bytes_a_token(self) -> int:
        """Keys and values of all layers; a sliding window saves some of it, which is not counted."""
        return self.dimensions.layers * 2 * self.dimensions.kv_size * _CACHE_BYTES

    @property
    def cache_room(self) -> float:
        """Bytes that are left for the cache; under 0 where not even the weights fit."""
        usable = self.gpu.memory_gib * self.engine.memory_share - self.engine.reserved_gib
        return usable * GIB - self.weight_bytes

    @property
    def flops(self) -> float:
        peak = self.gpu.bf16_tflops if self.gpu.bf16 else None
        return (peak or self.gpu.fp16_tflops) * 1e12 * self.engine.weights[self.precision].flops_share

    @property
    def _bandwidth(self) -> float:
        return self.gpu.memory_bandwidth_gb_s * 1e9

    @property
    def _work_a_token(self) -> float:
        """Operations of one token in the layers it goes through, the head apart."""
        dimensions = self.dimensions
        idle = dimensions.experts - dimensions.experts_per_token
        unused = dimensions.layers * idle * 3 * dimensions.hidden_size * dimensions.moe_intermediate_size
        return 2.0 * (dimensions.linear_parameters - unused)

    @property
    def _head(self) -> int:
        return self.dimensions.vocab_size * self.dimensions.hidden_size

    def prefill_seconds(self, prompt_tokens: float) -> float:
        """Of one prompt: its products, and the attention of each token to those before it."""
        dimensions = self.dimensions
        attention = 2.0 * dimensions.layers * dimensions.query_size * prompt_tokens**2
        return (prompt_tokens * self._work_a_token + attention + 2.0 * self._head) / self.flops

    def step_seconds(self, sequences: float, context_tokens: float) -> float:
        """Of one token for each of so many sequences, which have so many tokens each before it."""
        engine, layers = self.engine, self.dimensions.layers
        read = self._read_a_step(sequences) / (self._bandwidth * engine.weights[self.precision].bandwidth_share)
        multiplied = sequences * (self._work_a_token + 2.0 * self._head) / self.flops
        cached = sequences * context_tokens * self.cache_bytes_a_token
        on_gpu = max(read, multiplied) + cached / (self._bandwidth * engine.cache_bandwidth_share)
        started = engine.step_seconds + layers * engine.layer_seconds + sequences * engine.sequence_seconds
        return max(started + on_gpu, layers * engine.launch_seconds)

    def _read_a_step(self, sequences: float) -> float:
        """Bytes of the weights that a step reads: the head, and of a mixture the experts that some sequence needs."""
        dimensions, weights = self.dimensions, self.engine.weights[self.precision]
        linear = float(dimensions.linear_parameters)
        if dimensions.is_mixture:
            missed = (1 - dimensions.experts_per_token / dimensions.experts) ** sequences
            linear -= dimensions.expert_parameters * missed
        return linear * weights.bytes_a_weight + self._head * weights.head_bytes

    def sequences_at_once(self, prompt_tokens: int, answer_tokens: int) -> int:
        """How many requests a GPU works on at once: as the cache has room for, and as the program allows."""
        room = int(self.cache_room // (self.cache_bytes_a_token * (prompt_tokens + answer_tokens)))
        return max(0, min(room, self.engine.most_sequences))

    def request_seconds(self, prompt_tokens: int, answer_tokens: int) -> float:
        """Of one request that is alone on the GPU."""
        context = prompt_tokens + answer_tokens / 2
        return self.first_token_seconds(prompt_tokens) + answer_tokens * self.step_seconds(1, context)

    def first_token_seconds(self, prompt_tokens: int) -> float:
        """Of one prompt that is alone: however short it is, all weights are read."""
        engine = self.engine
        read = self._read_a_step(prompt_tokens) / (self._bandwidth * engine.weights[self.precision].bandwidth_share)
        return engine.request_seconds + max(read, self.prefill_seconds(prompt_tokens))

    def tokens_per_second(self, prompt_tokens: int, answer_tokens: int, sequences: int) -> float:
        """Of all answers, where so many requests are always there and each that ends makes room for a prompt."""
        step = self.step_seconds(sequences, prompt_tokens + answer_tokens / 2)
        prompts = sequences / answer_tokens * self.prefill_seconds(prompt_tokens)
        return sequences / (step + prompts)


@dataclass(frozen=True, kw_only=True)
class Serving:
    """What serving takes, on as many GPUs as are needed; None throughout where the model does not fit, see `reason`.

    `latency_ms` is one request alone on a GPU; `tokens_per_second` (of answers) and all dollars are at saturation.
    `basis` is theirs, `latency_basis` that of the latency. `requests_a_gpu` is what one GPU that is always on answers
    in a month, with room for the peak. In busy hours only, a GPU is paid while it answers and never for its start.
    """

    fits: bool
    reason: str
    basis: Basis = "extrapolated"
    latency_basis: Basis = "extrapolated"
    sequences: int = 0
    latency_ms: Range | None = None
    first_token_ms: Range | None = None
    tokens_per_second: Range | None = None
    requests_per_hour: float | None = None
    requests_a_gpu: float | None = None
    usd_per_1000: Range | None = None
    gpus: int | None = None
    usd_per_month_always_on: float | None = None
    usd_per_month_busy_hours: float | None = None


def serving_of(
    hosted: Hosted,
    *,
    prompt_tokens: int,
    answer_tokens: int,
    requests_per_month: int,
    usd_per_hour: float,
    peak_factor: float,
    runs: Sequence[ServingRun],
) -> Serving:
    """Of requests that are all as long as given; each GPU holds the whole model."""
    sequences = hosted.sequences_at_once(prompt_tokens, answer_tokens)
    if sequences < 1:
        return Serving(fits=False, reason=_too_large(hosted, prompt_tokens + answer_tokens))
    latency_basis = _basis(hosted, runs, ("request", "decode"))
    basis = _basis(hosted, runs, ("output",))
    alone = hosted.request_seconds(prompt_tokens, answer_tokens) * 1000
    rate = hosted.tokens_per_second(prompt_tokens, answer_tokens, sequences)
    spread = _spread(hosted.engine, basis)
    hourly = rate / answer_tokens * 3600
    a_gpu = hourly * HOURS_A_MONTH / peak_factor
    gpus = max(1, ceil(requests_per_month / a_gpu))
    return Serving(
        fits=True,
        reason=f"{sequences} requests at once have room beside the weights",
        basis=basis,
        latency_basis=latency_basis,
        sequences=sequences,
        latency_ms=_range(alone, _spread(hosted.engine, latency_basis)),
        first_token_ms=_range(hosted.first_token_seconds(prompt_tokens) * 1000, _spread(hosted.engine, latency_basis)),
        tokens_per_second=_range(rate, (1 / spread[1], 1 / spread[0])),
        requests_per_hour=hourly,
        requests_a_gpu=a_gpu,
        usd_per_1000=_range(usd_per_hour / hourly * 1000, spread),
        gpus=gpus,
        usd_per_month_always_on=HOURS_A_MONTH * usd_per_hour * gpus,
        usd_per_month_busy_hours=requests_per_month / hourly * usd_per_hour,
    )


def _too_large(hosted: Hosted, tokens: int) -> str:
    weights = hosted.weight_bytes / GIB
    cache = hosted.cache_bytes_a_token * tokens / GIB
    usable = hosted.gpu.memory_gib * hosted.engine.memory_share - hosted.engine.reserved_gib
    return (
        f"{weights:.1f} GiB of weights and {cache:.1f} GiB of cache for one request do not fit "
        f"the {usable:.1f} GiB that {hosted.engine.title} has of `{hosted.gpu.name}`"
    )


def _basis(hosted: Hosted, runs: Sequence[ServingRun], measures: tuple[str, ...]) -> Basis:
    """Measured is what a run on the same GPU, in the same precision and of a model of like size can tell."""
    size = hosted.dimensions.parameters
    told = any(
        run.engine in hosted.engine.runs_of
        and run.measures in measures
        and run.gpu == hosted.gpu.name
        and run.precision == hosted.precision
        and size / _LIKE_SIZE <= run.parameters <= size * _LIKE_SIZE
        for run in runs
    )
    return "measured" if told and not hosted.dimensions.is_mixture else "extrapolated"


def _spread(engine: Engine, basis: Basis) -> tuple[float, float]:
    chosen = engine.measured if basis == "measured" else engine.extrapolated
    return chosen.low, chosen.high


def _range(likely: float, spread: tuple[float, float]) -> Range:
    return Range(low=likely * spread[0], likely=likely, high=likely * spread[1])


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """An own model against a hosted one, in dollars a month.

    `saved_usd_per_month` is below 0 where the hosted one is cheaper. `months` until training is paid back and
    `requests_per_month` from which the own model is cheaper are None where they never come.
    """

    api_usd_per_month: float
    saved_usd_per_month: float
    months: float | None
    requests_per_month: float | None


def api_usd_per_request(price: ApiPrice, prompt_tokens: float, answer_tokens: float) -> float:
    """Without discounts for batches or cached prompts."""
    return (prompt_tokens * price.usd_per_million_input + answer_tokens * price.usd_per_million_output) / 1_000_000


def break_even(
    serving_monthly: float,
    training_usd: float,
    api_price: ApiPrice,
    prompt_tokens: int,
    answer_tokens: int,
    requests_per_month: int,
    *,
    gpus: int = 1,
    requests_a_gpu: float | None = None,
) -> BreakEven:
    """`serving_monthly` dollars pay for `gpus` that are always on; each of them answers `requests_a_gpu` at most."""
    a_request = api_usd_per_request(api_price, prompt_tokens, answer_tokens)
    api = a_request * requests_per_month
    saved = api - serving_monthly
    volume = serving_monthly / gpus / a_request
    reached = requests_a_gpu is None or volume <= requests_a_gpu  # a full GPU that costs more: so do many of them
    return BreakEven(
        api_usd_per_month=api,
        saved_usd_per_month=saved,
        months=training_usd / saved if saved > 0 else None,
        requests_per_month=volume if reached else None,
    )
