"""Every GPU preset is whole, says where its numbers come from, and its prices agree with their source."""

from __future__ import annotations

import pytest

from wrapper.errors import BadInput
from wrapper.presets.catalogue import TIERS
from wrapper.presets.gpu import gpu_names, load_gpu_preset, preset_of_driver_name

NAMES = gpu_names()
IN_FACTS = {
    "l4": {"L4"},
    "a10": {"A10"},
    "a10g": {"A10G"},
    "rtx-3090": {"RTX3090"},
    "rtx-4090": {"RTX4090"},
    "rtx-5090": {"RTX5090"},
    "rtx-a6000": {"RTXA6000", "A6000"},
    "l40s": {"L40S"},
    "a100-40gb": {"A100-40GB-SXM"},
    "a100-80gb": {"A100-80GB-PCIe", "A100-80GB-SXM"},
    "h100-pcie": {"H100-PCIe"},
    "h100-sxm": {"H100-SXM"},
    "h100-nvl": {"H100-NVL"},
    "h200": {"H200", "H200-SXM"},
    "b200": {"B200"},
}
LEFT_OUT = {
    "L40": "no source for its tensor-core peak, nor for what torch sees of its memory",
    "RTX6000-Ada": "no source for what torch sees of its memory",
    "RTXA5000": "no source for its tensor-core peak, nor for what torch sees of its memory",
    "GH200": "an Arm machine, for which no backend's lock is made",
}


def test_the_presets_that_specs_may_name():
    assert sorted([*IN_FACTS, "t4"]) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_bf16_and_flash_attention_where_the_architecture_has_them(name):
    gpu = load_gpu_preset(name)
    assert (gpu.bf16_tflops is not None) == (gpu.compute_capability >= 8.0) == gpu.bf16 == gpu.flash_attention


def test_an_old_gpu_has_neither():
    assert not load_gpu_preset("t4").bf16
    assert not load_gpu_preset("t4").flash_attention


@pytest.mark.parametrize("name", NAMES)
def test_every_number_has_a_source(name):
    sources = load_gpu_preset(name).sources
    assert set(sources) == {"memory_gib", "tflops", "memory_bandwidth_gb_s", "compute_capability"}


@pytest.mark.parametrize("name", NAMES)
def test_live_prices_know_every_gpu(name):
    catalogue = load_gpu_preset(name).catalogue
    assert catalogue
    for entry in catalogue:
        assert entry.provider in TIERS
        assert bool(entry.host) == (entry.provider == "gcp")


def test_drivers_name_one_gpu():
    drivers = [driver for name in NAMES for driver in load_gpu_preset(name).driver_names]
    assert len(set(drivers)) == len(drivers)
    found = preset_of_driver_name("NVIDIA H100 PCIe")
    assert found is not None
    assert found.name == "h100-pcie"
    assert preset_of_driver_name("NVIDIA H100") is None


@pytest.mark.parametrize("name", IN_FACTS)
def test_prices_are_all_of_the_facts(name, facts):
    expected = {
        (row["provider"], row["tier"], float(row["price_usd_per_gpu_hour"]))
        for row in facts("gpu_prices.csv")
        if row["gpu"] in IN_FACTS[name]
    }
    prices = load_gpu_preset(name).prices
    assert {
        (price.provider, f"{price.tier} {price.region}".strip(), price.usd_per_hour) for price in prices
    } == expected


def test_every_price_of_the_facts_is_used_or_left_out_for_a_reason(facts):
    used = set().union(*IN_FACTS.values())
    assert not used & set(LEFT_OUT)
    assert {row["gpu"] for row in facts("gpu_prices.csv")} == used | set(LEFT_OUT)
    assert all(LEFT_OUT.values())


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
