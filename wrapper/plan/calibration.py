"""A memory estimate corrected by runs of the same training whose peak was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log

from wrapper.plan.machine import Machine
from wrapper.plan.memory import Load, memory_of
from wrapper.plan.speed import is_same_training
from wrapper.presets.measured import Measured

_FURTHEST = 1.7  # a quotient beyond it tells of something else than the model's memory


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Runs to correct by, and what is trained where; without a run of the same training nothing is corrected."""

    machine: Machine
    model_name: str
    backend: str
    measured: Sequence[Measured]

    def memory_gib(self, load: Load, *, runtime_gib: float) -> float:
        """The likely peak, times measured over predicted of the run whose shape is nearest."""
        likely = memory_of(load, runtime_gib=runtime_gib).total_gib
        same = [row for row in self.measured if self._is_same(row, load)]
        if not same:
            return likely
        row = min(same, key=lambda one: abs(log(_tokens(one) / load.tokens)))
        as_measured = replace(load, sequence_tokens=row.sequence_tokens, micro_batch_size=row.micro_batch)
        quotient = row.peak_gib / memory_of(as_measured, runtime_gib=runtime_gib).total_gib
        return likely * min(_FURTHEST, max(1 / _FURTHEST, quotient))

    def _is_same(self, row: Measured, load: Load) -> bool:
        return is_same_training(row, load, self.machine, model_name=self.model_name, backend=self.backend)


def _tokens(row: Measured) -> int:
    return row.sequence_tokens * row.micro_batch
