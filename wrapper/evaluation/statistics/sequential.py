"""One paired difference watched row by row: an e-process that may be looked at after every row, and its interval.

For a candidate mean m, a gambler starts with 1 and bets the share b of it on every difference x in [-1, 1]:
the factor 1 + b (x - m) / (1 + m) is never under 0 and has a mean of at most 1 where the true mean is at most m,
so the wealth passes 1 / alpha with a chance of at most alpha, over all looks (Ville's inequality). The wealth is
averaged over b, uniform on 0 to 1, which needs no guess of the effect: Orabona and Jun, IEEE Transactions on
Information Theory 70 (2024) 436-455, after Waudby-Smith and Ramdas, JRSS B 86 (2024) 1-27. For rows that are right
or wrong and m = 0 it is the mixture of coins with a chance from 1/2 to 1 on the rows that only one side got right,
a sequential McNemar test (Robbins, Annals of Mathematical Statistics 41 (1970) 1397-1409).

Own code, since `confseq` by the authors of the method was last released in 2023-01, without wheels past Python 3.10.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, exp, inf, log, sqrt
from typing import TYPE_CHECKING

from wrapper.evaluation.statistics.intervals import LEVEL, Interval
from wrapper.evaluation.statistics.power import normal_factors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_BETS = 64  # midpoints of equal parts of 0 to 1
_CLOSE = 1e-6  # of an end of the interval


class EProcess:
    """Both directions of one difference, each at half the level: evidence that its mean is above 0, and below.

    Rows are independent draws; the differences lie in -1 to 1. `above` and `below` are the largest wealths at any
    look so far, which Ville's inequality allows; `interval` is the intersection over all looks at which it was asked.
    """

    def __init__(self) -> None:
        import numpy as np

        self._bets: Floats = (np.arange(_BETS) + 0.5) / _BETS
        self._seen: Floats = np.empty(0)
        self._wealth = {1: np.zeros(_BETS), -1: np.zeros(_BETS)}  # logs, by direction
        self._most = {1: 0.0, -1: 0.0}
        self._interval = Interval(-1.0, 1.0)

    @property
    def rows(self) -> int:
        return len(self._seen)

    @property
    def mean(self) -> float:
        return float(self._seen.mean()) if self.rows else 0.0

    @property
    def log_above(self) -> float:
        return self._most[1]

    @property
    def log_below(self) -> float:
        return self._most[-1]

    def look(self, differences: Sequence[float]) -> None:
        """Take in the next rows, and look."""
        import numpy as np

        new = np.asarray(differences, dtype=np.float64)
        if new.size and np.max(np.abs(new)) > 1:
            raise ValueError("differences of scores from 0 to 1 lie in -1 to 1")
        self._seen = np.concatenate([self._seen, new])
        moved = new[new != 0]
        for side in (1, -1):
            self._wealth[side] = self._wealth[side] + np.log1p(np.outer(self._bets, side * moved)).sum(axis=1)
            self._most[side] = max(self._most[side], _log_mean(self._wealth[side]))

    def best_case(self, side: int, more_rows: int) -> float:
        """The largest log wealth of a direction after so many more rows, were each a difference of 1 that way."""
        import numpy as np

        return max(self._most[side], _log_mean(self._wealth[side] + more_rows * np.log1p(self._bets)))

    def interval(self, alpha: float = LEVEL) -> Interval:
        """Holds the mean at all looks together with a chance of at least 1 - alpha."""
        low = max(self._interval.low, self._end(1, alpha))
        high = min(self._interval.high, -self._end(-1, alpha))
        if low <= high:
            self._interval = Interval(low, high)
        return self._interval

    def _end(self, side: int, alpha: float) -> float:
        """The largest mean that the wealth against it refutes: the wealth falls as the mean rises."""
        import numpy as np
        from scipy.optimize import brentq

        values, counts = np.unique(side * self._seen, return_counts=True)
        needed = log(2 / alpha)

        def beyond(mean: float) -> float:
            # the factor is 1 - b + b (1 + x) / (1 + m)
            factors = 1 + np.outer(self._bets, (1 + values) / (1 + mean) - 1)
            return _log_mean(np.log(factors) @ counts) - needed

        low, high = -1 + _CLOSE, side * self.mean
        if high <= low or beyond(low) <= 0:
            return -1.0
        return float(brentq(beyond, low, high, xtol=_CLOSE))

    def rows_to_decide(self, alpha: float = LEVEL) -> int | None:
        """More rows that decide with a chance of about 80 %, were the rows so far all there are; None if none would.

        The log wealth of the best single bet grows by a mean and a spread a row; normal approximation.
        """
        import numpy as np

        side = 1 if self.mean > 0 else -1
        if not self.mean:
            return None
        factors = np.log1p(np.outer(self._bets, side * self._seen))
        best = int(np.argmax(factors.sum(axis=1)))
        growth, spread = float(factors[best].mean()), float(factors[best].std())
        missing = log(2 / alpha) - _log_mean(self._wealth[side])
        if growth <= 0 or missing <= 0:
            return None if growth <= 0 else 1
        chance = normal_factors()[1] * spread
        return max(1, ceil(((chance + sqrt(chance**2 + 4 * growth * missing)) / (2 * growth)) ** 2))


def e_value(log_wealth: float) -> float:
    """Of the two-sided question: half the wealth of one direction, the other half stands on the other direction."""
    return exp(log_wealth) / 2 if log_wealth < 700 else inf


def _log_mean(logs: Floats) -> float:
    import numpy as np

    return float(np.logaddexp.reduce(logs)) - log(len(logs))
