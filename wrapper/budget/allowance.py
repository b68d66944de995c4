"""What the caps of a project leave: seconds of a device at its price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from wrapper.errors import BadInput

_SECONDS = 3600.0


class BudgetTerms(Protocol):
    """What `budget:` of a spec says about the price."""

    @property
    def gpu(self) -> str: ...
    @property
    def usd_per_hour(self) -> float | None: ...


class PricedDevice(Protocol):
    """A GPU whose price may be known."""

    @property
    def cheapest_usd_per_hour(self) -> float | None: ...


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """The caps, None where there is none, the price of an hour of one device, and how many work at once."""

    max_usd: float | None
    max_gpu_hours: float | None
    usd_per_hour: float
    devices: int = 1

    def seconds_left(self, spent_usd: float, spent_gpu_hours: float) -> float | None:
        """Seconds until the nearer cap, at least 0; None where nothing caps.

        A device that costs nothing never reaches a cap in dollars.
        """
        left = []
        if self.max_usd is not None and self.usd_per_hour > 0:
            left.append((self.max_usd - spent_usd) / self.usd_per_hour * _SECONDS)
        if self.max_gpu_hours is not None:
            left.append((self.max_gpu_hours - spent_gpu_hours) * _SECONDS)
        return max(0.0, min(left)) / self.devices if left else None


def price_of(budget: BudgetTerms, gpu: PricedDevice | None) -> float:
    """Dollars an hour: the user's own price, else the GPU's cheapest, else 0 for the user's own machine.

    Raises BadInput for a GPU whose price nobody gave: counting it as free would disarm the cap.
    """
    if budget.usd_per_hour is not None:
        return budget.usd_per_hour
    if gpu is None:
        return 0.0
    cheapest = gpu.cheapest_usd_per_hour
    if cheapest is None:
        raise BadInput(
            f"no price is known for `{budget.gpu}`",
            hint="give `budget.usd_per_hour` (0 if you do not pay for it)",
        )
    return cheapest
