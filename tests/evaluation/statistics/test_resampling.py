"""Bootstrap intervals and tests: deterministic, at their level, and honest with few differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, bootstrap, permutation_test

from wrapper.evaluation.statistics import mean_interval, paired_bootstrap

Draw = Callable[[np.random.Generator, int], np.ndarray]


def test_same_seed_same_answer() -> None:
    a, b = [0.1, 0.9, 0.4, 0.8], [0.2, 0.5, 0.4, 0.1]
    assert paired_bootstrap(a, b, 3) == paired_bootstrap(a, b, 3)
    assert mean_interval(a, 3) == mean_interval(a, 3)


def test_arms_that_do_not_differ() -> None:
    mean, low, high, p = paired_bootstrap([0.5, 1.0], [0.5, 1.0], 0)
    assert (mean, p) == (0, 1)
    assert (low, high) == pytest.approx((-0.842, 0.842), abs=1e-3)  # 1 - 0.025^(1/2)


def test_equal_differences_are_not_certain() -> None:
    mean, low, high, p = paired_bootstrap([0.8, 0.7] * 10, [0.2, 0.1] * 10, 0)  # 0.6, but for rounding
    assert (mean, low, high) == pytest.approx((0.6, 0.3305, 0.6674), abs=1e-4)
    assert p < 0.001
    assert paired_bootstrap([0.7], [0.2], 0).p == 1


SCORES = st.floats(0, 1, allow_subnormal=False)


@given(SCORES, SCORES, st.integers(1, 400), st.integers(1, 400))
def test_interval_of_equal_differences(a: float, b: float, rows: int, more: int) -> None:
    """Never of no width, narrower with more rows, around the estimate and within -1 to 1."""
    mean, low, high, _ = paired_bootstrap([a] * rows, [b] * rows, 0, resamples=50)
    assert -1 - 1e-9 <= low <= mean + 1e-9 and mean - 1e-9 <= high <= 1 + 1e-9
    assert high - low > 1 / rows
    larger = paired_bootstrap([a] * (rows + more), [b] * (rows + more), 0, resamples=50)
    assert larger.high - larger.low < high - low
    mirrored = paired_bootstrap([b] * rows, [a] * rows, 0, resamples=50)
    assert (mirrored.low, mirrored.high) == pytest.approx((-high, -low), abs=1e-9)


@given(st.floats(-1, 1), st.integers(1, 300))
def test_a_mean_outside_makes_equal_differences_unlikely(difference: float, rows: int) -> None:
    """The worst case of a mean at the end: all other rows at -1 or 1."""
    _, low, high, _ = paired_bootstrap([difference] * rows, [0.0] * rows, 0, resamples=50)
    if difference > -1 + 1e-6:
        assert ((low + 1) / (difference + 1)) ** rows == pytest.approx(0.025, rel=1e-3)
    if difference < 1 - 1e-6:
        assert ((1 - high) / (1 - difference)) ** rows == pytest.approx(0.025, rel=1e-3)


def test_order_of_the_arms_mirrors() -> None:
    random = np.random.default_rng(1)
    a, b = random.random(60), random.random(60)
    one, other = paired_bootstrap(a, b, 0), paired_bootstrap(b, a, 0)
    assert one.mean == pytest.approx(-other.mean)
    assert one.p == pytest.approx(other.p, abs=0.03)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=0.01)


@pytest.mark.parametrize(("wins", "p"), [(4, 0.125), (5, 0.0625), (6, 0.03125)])
def test_few_wins_are_not_called_more_than_the_exact_test_calls_them(wins: int, p: float) -> None:
    """The plain bootstrap gives 5 wins of 100 a p of 0.013."""
    a = [1.0] * wins + [0.0] * (100 - wins)
    assert paired_bootstrap(a, [0.0] * 100, 0).p == pytest.approx(p)


def test_p_is_near_that_of_scipys_sign_flips() -> None:
    random = np.random.default_rng(2)
    a, b = random.beta(5, 2, 80), random.beta(4, 2, 80)
    expected = permutation_test(
        (a, b), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples", random_state=0
    ).pvalue
    assert expected - 0.01 <= paired_bootstrap(a, b, 0).p <= expected + 0.06  # half a row more against it


def test_mean_interval_holds_scipys_bca_and_is_little_wider() -> None:
    scores = np.random.default_rng(3).beta(8, 2, 300)
    expected = bootstrap((scores,), np.mean, method="BCa", random_state=0).confidence_interval
    low, high = mean_interval(scores.tolist())
    assert low < expected.low + 0.001 and high > expected.high - 0.001
    assert high - low < 1.15 * (expected.high - expected.low)


@pytest.mark.parametrize(("right", "rows"), [(1, 20), (10, 20), (97, 100)])
def test_mean_interval_of_right_and_wrong_is_the_quantile_of_a_beta_distribution(right: int, rows: int) -> None:
    """Exponential weights of rows make beta distributed means; half a row more adds half to its parameter."""
    low, high = mean_interval([1.0] * right + [0.0] * (rows - right), resamples=40_000)
    assert low == pytest.approx(beta.ppf(0.025, right, rows - right + 0.5), abs=0.004)
    assert high == pytest.approx(beta.ppf(0.975, right + 0.5, rows - right), abs=0.004)


def test_equal_scores_are_not_certain() -> None:
    low, high = mean_interval([1.0] * 30)
    assert 0.8 < low < 0.9
    assert high == 1.0
    assert mean_interval([]) == (0, 1)


DRAWS: dict[str, tuple[float, Draw]] = {
    "smooth": (0.8, lambda random, rows: random.beta(8, 2, rows)),
    "mostly right": (0.9, lambda random, rows: np.where(random.random(rows) < 0.8, 1.0, random.random(rows))),
    "steps": (0.75, lambda random, rows: random.choice([0, 0.5, 1.0], rows, p=[0.1, 0.3, 0.6])),
    "nearly all right": (0.97, lambda random, rows: (random.random(rows) < 0.97) * 1.0),
}


@pytest.mark.parametrize("rows", [50, 200])
@pytest.mark.parametrize("name", DRAWS)
def test_mean_interval_covers(name: str, rows: int) -> None:
    truth, draw = DRAWS[name]
    random = np.random.default_rng(7)
    inside = 0
    for seed in range(300):
        low, high = mean_interval(draw(random, rows).tolist(), seed, resamples=1000)
        inside += low <= truth <= high
    assert inside / 300 >= 0.93


@pytest.mark.parametrize("rows", [50, 200])
@pytest.mark.parametrize("name", ["smooth", "mostly right", "steps"])
def test_paired_interval_covers_and_p_keeps_its_level(name: str, rows: int) -> None:
    _, draw = DRAWS[name]
    random = np.random.default_rng(11)
    inside = found = 0
    for seed in range(1200):
        a, b = draw(random, rows), draw(random, rows)
        _, low, high, p = paired_bootstrap(a.tolist(), b.tolist(), seed, resamples=1000)
        inside += low <= 0 <= high
        found += p < 0.05
    assert inside / 1200 >= 0.93
    assert found / 1200 <= 0.07  # 0.05 and three standard errors of this simulation
