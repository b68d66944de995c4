"""What each cap on a row's length would cost: rows left out, and the seconds and dollars of training on the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from wrapper.errors import ThriftuneError
from wrapper.models import ModelFolder
from wrapper.pipeline.machine import planned_machine
from wrapper.pipeline.planning import is_priced, price
from wrapper.plan.decide import decide
from wrapper.plan.dimensions import Dimensions
from wrapper.presets.load import load_model_preset
from wrapper.presets.measured import load_measured
from wrapper.presets.stacks import stack_of
from wrapper.spec.fields import Budget, Data, Model, Spec, Task

_POWERS = (128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768)
_MULTIPLE = 8
_LEAST = 16


@dataclass(frozen=True, kw_only=True)
class Cap:
    """A cap in tokens; the training rows over it are left out, `tokens` are those of the rows under it.

    `seconds` and `usd` are the plan's likely estimate, None where no model is known to estimate for.
    """

    tokens_a_row: int
    rows_over: int
    tokens: int
    seconds: float | None
    usd: float | None


def caps_of(
    spec: Spec | None, named: Model | None, model: ModelFolder | None, train: Sequence[int]
) -> tuple[Cap, ...]:
    """The longest row's cap, those of the 95th and 99th percentile, and the powers of two between."""
    counts = np.asarray(train)
    if not len(counts):
        return ()
    longest, p99, p95 = (
        _rounded(int(np.percentile(counts, share, method="higher"))) for share in (100, 99, 95)
    )
    chosen = sorted({longest, p99, p95, *(power for power in _POWERS if p95 // 2 < power < longest)})
    estimate = _Estimates(spec, named, model)
    return tuple(
        Cap(
            tokens_a_row=cap,
            rows_over=int((counts > cap).sum()),
            tokens=int(counts[counts <= cap].sum()),
            seconds=found[0],
            usd=found[1],
        )
        for cap in chosen
        for found in [estimate.of(cap, train)]
    )


class _Estimates:
    """The plan's estimates under a cap; nothing where the model or the device is not known."""

    def __init__(self, spec: Spec | None, named: Model | None, model: ModelFolder | None) -> None:
        self._spec = spec or (_plain_spec(named) if named else None)
        preset = self._spec.model.preset if self._spec else None
        self._preset = load_model_preset(preset) if preset else None
        self._dimensions = (
            Dimensions.from_config(model.config)
            if model
            else Dimensions.of_preset(self._preset)
            if self._preset
            else None
        )
        try:
            self._machine = planned_machine(self._spec.budget.gpu) if self._spec else None
        except ThriftuneError:
            self._machine = None  # a GPU that this machine lacks

    def of(self, cap: int, train: Sequence[int]) -> tuple[float | None, float | None]:
        """Likely seconds and dollars."""
        if self._spec is None or self._dimensions is None or self._machine is None:
            return None, None
        overrides = msgspec.structs.replace(self._spec.training.overrides, sequence_len=max(cap, _LEAST))
        training = msgspec.structs.replace(self._spec.training, overrides=overrides)
        priced = is_priced(self._spec.budget)
        try:
            found = decide(
                spec=msgspec.structs.replace(self._spec, training=training),
                dimensions=self._dimensions,
                preset=self._preset,
                stack=stack_of(training.backend, training.kernels),
                machine=self._machine,
                train_row_tokens=train,
                validation_row_tokens=(),
                measured=load_measured(),
                usd_per_hour=price(self._spec.budget),
            ).estimate
        except ThriftuneError:
            return None, None
        return round(found.seconds.likely, 1), round(found.usd.likely, 4) if priced else None


def _plain_spec(model: Model) -> Spec:
    """A spec for estimates only, where the user named a model and no spec."""
    task = Task(name="audit", kind="chat", metric="exact_match_lenient", target=1.0)
    return Spec(version=1, task=task, data=Data(train="-"), model=model, budget=Budget())


def _rounded(tokens: int) -> int:
    return -(-tokens // _MULTIPLE) * _MULTIPLE
