"""The licence gate: refused with the clause and another model, before any row is read; an unknown licence too."""

from __future__ import annotations

import pytest

from wrapper.errors import GateRefused
from wrapper.pipeline.licence_gate import conditions_of, refusals_of, remedy, told
from wrapper.spec.fields import Model


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (Model(preset="llama-3.1-8b", monthly_users=800_000_000), "above 700,000,000 monthly users"),
        (Model(preset="qwen2.5-3b", commercial_use=True), "Qwen Research License: commercial use is not allowed"),
        (Model(preset="llama-3.2-1b", industry="defence"), "the industry `defence` is excluded"),
        (Model(preset="deepseek-r1-distill-llama-8b", monthly_users=800_000_000), "Llama 3.1"),
        (Model(base="somebody/model", commercial_use=True), "unknown licence"),
    ],
)
def test_what_is_not_allowed(model: Model, says: str, tmp_path) -> None:
    (refusal,) = refusals_of(model, tmp_path)
    assert says in told(refusal)
    assert refusal.clause is None or refusal.clause.quote in told(refusal)


@pytest.mark.parametrize(
    "model",
    [
        Model(preset="qwen2.5-1.5b", commercial_use=True, monthly_users=10**9, industry="defence"),
        Model(preset="llama-3.1-8b", commercial_use=True, monthly_users=10_000),
        Model(preset="qwen2.5-3b"),
        Model(base="Qwen/Qwen2.5-1.5B-Instruct", commercial_use=True),
        Model(base="somebody/model"),
    ],
)
def test_what_is_allowed(model: Model, tmp_path) -> None:
    assert refusals_of(model, tmp_path) == []


def test_another_model_of_its_size_is_named(tmp_path) -> None:
    named = remedy(Model(preset="llama-3.1-8b", monthly_users=800_000_000))
    assert "`llama-" not in named and "`ministral-" not in named
    assert remedy(Model(preset="qwen2.5-3b", commercial_use=True, languages=("ja",))).startswith("take a model")
    assert "presets ls" in remedy(Model(preset="qwen2.5-3b", commercial_use=True, languages=("xx",)))


def test_a_condition_is_no_refusal(tmp_path) -> None:
    model = Model(preset="llama-3.1-8b", commercial_use=True, industry="legal")
    assert refusals_of(model, tmp_path) == []
    assert any("law" in clause.text for clause in conditions_of(model, tmp_path))


@pytest.mark.parametrize(
    ("card", "allowed"),
    [
        ("---\nlanguage: en\nlicense: apache-2.0\n---\n# Model", True),
        ("---\nlicense: llama3.1\n---\n", True),
        ("---\nlicense: other\n---\n", False),
        ("# Model\nlicense: apache-2.0\n", False),
        (None, False),
    ],
)
def test_a_local_model_has_the_licence_of_its_card(climb, write_spec, folder, card, allowed: bool) -> None:
    if card is not None:
        (folder / "model" / "README.md").write_text(card)
    result, failure = climb(write_spec(model={"commercial_use": True}))
    assert (result.gate == "licence") is not allowed
    assert isinstance(failure, GateRefused) is not allowed


def test_it_stops_before_any_row_is_read_and_can_be_overridden(climb, write_spec, world) -> None:
    spec = write_spec(model={"commercial_use": True})
    result, failure = climb(spec)
    assert (result.exit_code, result.gate, world.measured) == (5, "licence", [])
    assert "`--override licence=REASON`" in failure.hint
    result, _ = climb(spec, overrides={"licence": "our lawyer read it"})
    assert (result.exit_code, result.overrides) == (0, {"licence": "our lawyer read it"})
