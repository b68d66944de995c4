"""What the budget leaves, of the device's hours and of the dollars that endpoints ask for."""

from __future__ import annotations

from wrapper.errors import BudgetReached
from wrapper.pipeline.planning import allowance
from wrapper.pipeline.run import Run, Step


def seconds_left(run: Run) -> float | None:
    """What the budget of the project leaves of the device; None: no cap."""
    spent = run.project.ledger.spent()
    return allowance(run.loaded.spec.budget).seconds_left(spent.usd, spent.gpu_hours)


class Till:
    """Dollars to an endpoint, on top of what the project had spent when this was made."""

    def __init__(self, run: Run) -> None:
        self._spent = run.project.ledger.spent().usd
        self._cap = run.loaded.spec.budget.max_usd

    @property
    def left(self) -> float:
        """Dollars until the cap, infinite without one; below 0 past it."""
        return float("inf") if self._cap is None else self._cap - self._spent

    def pay(self, step: Step, usd: float, *, told: str, hint: str) -> None:
        """Put the price of an answer into the ledger at once: a kill must not lose it. Raises BudgetReached."""
        step.usd_paid += usd
        step.beat(0.0, step.usd_paid)
        if step.usd_paid > self.left:
            raise BudgetReached(told, hint=hint)
