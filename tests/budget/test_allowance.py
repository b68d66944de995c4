"""What the caps leave."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper.budget.allowance import Allowance, price_of
from wrapper.errors import BadInput

amounts = st.floats(min_value=0, max_value=1e6)
caps = st.none() | amounts


@dataclass(frozen=True)
class Terms:
    usd_per_hour: float | None
    gpu: str = "t4"


@dataclass(frozen=True)
class Device:
    cheapest_usd_per_hour: float | None


def allowance(max_usd=None, max_gpu_hours=None, usd_per_hour=0.5) -> Allowance:
    return Allowance(max_usd=max_usd, max_gpu_hours=max_gpu_hours, usd_per_hour=usd_per_hour)


@pytest.mark.parametrize(
    ("given_caps", "spent", "left"),
    [
        ({}, (5, 5), None),
        ({"max_usd": 1}, (0, 0), 7200),
        ({"max_usd": 1}, (0.75, 0), 1800),
        ({"max_gpu_hours": 2}, (0, 0.5), 5400),
        ({"max_usd": 1, "max_gpu_hours": 1}, (0, 0), 3600),
        ({"max_usd": 0.25, "max_gpu_hours": 1}, (0, 0), 1800),
        ({"max_usd": 1}, (3, 0), 0),
        ({"max_usd": 0}, (0, 0), 0),
        ({"max_usd": 1, "usd_per_hour": 0}, (0, 0), None),
        ({"max_usd": 1, "usd_per_hour": 0, "max_gpu_hours": 1}, (0, 0), 3600),
    ],
)
def test_seconds_left(given_caps, spent, left):
    assert allowance(**given_caps).seconds_left(*spent) == left


@given(caps, caps, amounts, amounts, amounts)
def test_never_negative_and_none_only_without_a_cap(max_usd, max_hours, price, spent_usd, spent_hours):
    left = allowance(max_usd, max_hours, price).seconds_left(spent_usd, spent_hours)
    if left is None:
        assert max_hours is None
        assert max_usd is None or price == 0
    else:
        assert left >= 0


@given(amounts, amounts, st.floats(min_value=0.01, max_value=100))
def test_what_is_left_spends_no_more_than_the_cap(max_usd, spent, price):
    left = allowance(max_usd=max_usd, usd_per_hour=price).seconds_left(spent, 0)
    assert left is not None
    assert left / 3600 * price <= max(0, max_usd - spent) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("own", "device", "price"),
    [
        (0.9, Device(0.4), 0.9),
        (0.0, Device(None), 0.0),
        (None, Device(0.4), 0.4),
        (None, None, 0.0),
        (0.1, None, 0.1),
    ],
)
def test_price(own, device, price):
    assert price_of(Terms(own), device) == price


def test_a_gpu_without_a_price_is_not_free():
    with pytest.raises(BadInput, match="no price is known for `t4`"):
        price_of(Terms(None), Device(None))
