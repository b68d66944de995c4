"""Every GPU preset is whole, and its prices agree with their source."""

from __future__ import annotations

import pytest

from wrapper.errors import BadInput
from wrapper.presets.gpu import gpu_names, load_gpu_preset

NAMES = gpu_names()
IN_FACTS = {
    "l4": {"L4"},
    "a10g": {"A10G"},
    "rtx-3090": {"RTX3090"},
    "rtx-4090": {"RTX4090"},
    "a100-80gb": {"A100-80GB-PCIe", "A100-80GB-SXM"},
    "h100-sxm": {"H100-SXM"},
    "h200": {"H200", "H200-SXM"},
}


def test_the_presets_that_specs_may_name():
    assert sorted([*IN_FACTS, "t4"]) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_bf16_where_the_architecture_has_it(name):
    gpu = load_gpu_preset(name)
    assert (gpu.bf16_tflops is not None) == (gpu.compute_capability >= 8.0)


@pytest.mark.parametrize("name", IN_FACTS)
def test_prices_are_all_of_the_facts(name, facts):
    expected = {
        (row["provider"], row["tier"], float(row["price_usd_per_gpu_hour"]))
        for row in facts("gpu_prices.csv")
        if row["gpu"] in IN_FACTS[name]
    }
    gpu = load_gpu_preset(name)
    assert {(price.provider, price.tier, price.usd_per_hour) for price in gpu.prices} == expected


@pytest.mark.parametrize("name", IN_FACTS)
def test_sources_keep_their_commit(name, facts):
    commits = {row["source_commit"] for row in facts("gpu_prices.csv") if row["source_commit"]}
    for price in load_gpu_preset(name).prices:
        if price.source.startswith("skypilot-catalog"):
            assert price.source.rpartition(" at ")[2] in commits


def test_cheapest():
    assert load_gpu_preset("rtx-4090").cheapest_usd_per_hour == 0.40
    assert load_gpu_preset("t4").cheapest_usd_per_hour is None


def test_unknown_name():
    with pytest.raises(BadInput) as refused:
        load_gpu_preset("rtx4090")
    assert refused.value.hint == "did you mean `rtx-4090`?"
