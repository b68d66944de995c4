"""Prices of hosted models are read strictly, and none is of a model that was gone when it was read."""

from __future__ import annotations

import pytest

from wrapper.errors import BadInput
from wrapper.presets.api_prices import load_api_prices

GONE_OR_UNSURE = {
    "gpt-4.1-nano",
    "claude-haiku-5-5",
    "together_ai/meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo",
    "together_ai/meta-llama/Meta-Llama-3.1-70B-Instruct-Turbo",
    "together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo",
}


def test_every_price_says_what_it_is_of_and_since_when():
    prices = load_api_prices()
    assert len({price.name for price in prices}) == len(prices) == 23
    assert {price.provider for price in prices} == {
        "openai",
        "anthropic",
        "gemini",
        "deepinfra",
        "fireworks_ai",
        "together_ai",
    }
    for price in prices:
        assert price.source.startswith("litellm 1.110.2 (PyPI wheel)")
        assert price.date == "2026-11-25"


def test_no_model_was_gone_when_its_price_was_read():
    prices = load_api_prices()
    assert all(price.withdrawn is None or price.withdrawn > price.date for price in prices)
    assert not GONE_OR_UNSURE & {price.name for price in prices}


def test_a_known_price():
    mini = next(price for price in load_api_prices() if price.name == "gpt-4o-mini")
    assert (mini.usd_per_million_input, mini.usd_per_million_output) == (0.15, 0.6)
    assert mini.withdrawn == "2027-01-14"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("version: 2\nprices: []\n", "version"),
        ("version: 1\nprices: [{name: a}]\n", "missing required field `provider`"),
        ("version: 1\nprices: []\nextra: 1\n", "extra"),
        ("version: 1\nversion: 1\nprices: []\n", "is broken"),
    ],
)
def test_a_broken_file_is_named(tmp_path, monkeypatch, text, reason):
    (tmp_path / "api_prices.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr("wrapper.presets.api_prices.presets_dir", lambda: tmp_path)
    with pytest.raises(BadInput, match=r"api_prices\.yaml` is broken") as refused:
        load_api_prices()
    assert reason in str(refused.value)
