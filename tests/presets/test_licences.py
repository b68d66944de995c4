"""Every licence is whole, and a product that it does not allow is refused with the clause."""

from __future__ import annotations

import pytest

from wrapper.errors import BadInput
from wrapper.presets.files import preset_file
from wrapper.presets.licence import (
    UNKNOWN,
    licence_conditions,
    licence_duties,
    licence_names,
    licence_refusals,
    load_licence,
)
from wrapper.presets.load import licences_of, load_model_preset

NAMES = licence_names()
INDUSTRIES = {
    "llama-3.1": ["defence", "Defense contractor", "aerospace & defence", "military logistics", "firearms",
                  "nuclear", "nuclear energy", "public transport", "heavy-machinery", "energy grid"],
    "gemma-terms": ["adult", "Adult industry", "adult entertainment", "pornography"],
}  # fmt: skip
OTHERS = [
    "hospitality",
    "legal defence",
    "nuclear medicine",
    "adult education",
    "law",
    "farms",
]


def refusals(name: str, *, commercial_use: bool = True, users: int | None = None, industry: str | None = None):
    preset = load_model_preset(name)
    return [
        refusal
        for licence in licences_of(preset)
        for refusal in licence_refusals(licence, commercial_use=commercial_use, monthly_users=users, industry=industry)
    ]


def test_the_licences_that_models_may_name():
    assert NAMES == [
        "apache-2.0", "gemma-terms", "llama-3.1", "llama-3.2", "llama-3.3", "mistral-research", "mit", "qwen",
        "qwen-research",
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_clause_is_quoted_from_somewhere(name):
    licence = load_licence(name)
    assert licence.clauses
    for clause in licence.clauses:
        assert clause.quote.strip()
        assert clause.source.strip()
        assert "look-up" not in clause.source
        assert all(word == word.lower() for word in (*clause.industries, *clause.conditions_for))
        assert clause.topic == "excluded_use" or not clause.industries


@pytest.mark.parametrize("name", NAMES)
def test_what_the_licence_refuses_has_a_clause(name):
    licence = load_licence(name)
    topics = {clause.topic for clause in licence.clauses}
    assert licence.commercial_use or "commercial_use" in topics
    assert licence.user_cap is None or "user_cap" in topics
    assert licence_duties(licence)


@pytest.mark.parametrize("name", NAMES)
def test_opens_with_what_it_is_and_what_was_read(name):
    lines = preset_file("licences", name).read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith(f"# {load_licence(name).title}: ")
    comments = [line for line in lines if line.startswith("# ")]
    assert [line.split(":")[0] for line in comments if line.startswith(("# Models", "# Read"))] == [
        "# Models",
        "# Read",
    ]


def test_a_cap_on_users():
    (refusal,) = refusals("llama-3.1-8b", users=800_000_000)
    assert refusal.sentence == (
        "Llama 3.1 Community License: above 700,000,000 monthly users the owner must be asked for a licence; "
        "the product has 800,000,000"
    )
    assert refusal.clause is not None
    assert "is greater than 700 million monthly active users" in refusal.clause.quote
    assert refusals("llama-3.1-8b", users=700_000_000) == []
    assert len(refusals("deepseek-r1-distill-llama-8b", users=800_000_000)) == 1
    assert load_licence("qwen").user_cap == 100_000_000


@pytest.mark.parametrize(
    ("name", "quote"),
    [
        ("qwen2.5-3b", "FOR NON-COMMERCIAL PURPOSES ONLY"),
        (
            "ministral-8b-2410",
            "You shall only use the Mistral Models, Derivatives (whether or not created by Mistral AI) and Outputs "
            "for Research Purposes.",
        ),
    ],
)
def test_no_commercial_use(name, quote):
    (refusal,) = refusals(name)
    assert "commercial use is not allowed" in refusal.sentence
    assert refusal.clause is not None
    assert refusal.clause.quote == quote
    assert refusals(name, commercial_use=False) == []


@pytest.mark.parametrize("name", ["smollm2-135m", "qwen2.5-7b", "phi-4", "gpt-oss-20b"])
def test_free_licences_refuse_nothing(name):
    assert refusals(name, users=2_000_000_000, industry="defence") == []


@pytest.mark.parametrize(
    ("name", "industry"), [(name, industry) for name, listed in INDUSTRIES.items() for industry in listed]
)
def test_excluded_industries(name, industry):
    (refusal,) = licence_refusals(load_licence(name), commercial_use=False, monthly_users=None, industry=industry)
    assert f"the industry `{industry}` is excluded" in refusal.sentence
    assert refusal.clause is not None
    assert refusal.clause.topic == "excluded_use"


@pytest.mark.parametrize("industry", OTHERS)
@pytest.mark.parametrize("name", ["gemma-terms", "llama-3.1", "mit"])
def test_industries_beside_them(name, industry):
    assert licence_refusals(load_licence(name), commercial_use=True, monthly_users=None, industry=industry) == []


def test_professions_are_a_condition_and_no_refusal():
    llama = load_licence("llama-3.3")
    assert licence_refusals(llama, commercial_use=True, monthly_users=None, industry="legal services") == []
    (clause,) = licence_conditions(llama, industry="legal services")
    assert "unlicensed practice of any profession" in clause.quote
    assert licence_conditions(llama, industry="hospitality") == []
    assert licence_conditions(llama, industry=None) == []


def test_an_unknown_licence_allows_no_commercial_use():
    assert load_licence("unknown") is UNKNOWN
    (refusal,) = licence_refusals(UNKNOWN, commercial_use=True, monthly_users=None, industry=None)
    assert refusal.clause is None
    assert "unknown licence: commercial use is not allowed" in refusal.sentence
    assert licence_refusals(UNKNOWN, commercial_use=False, monthly_users=None, industry=None) == []


def test_duties_of_llama():
    duties = [clause.text for clause in licence_duties(load_licence("llama-3.2"))]
    assert any("Built with Llama" in text for text in duties)
    assert any('a name that begins with "Llama"' in text for text in duties)


def test_a_licence_that_there_is_not():
    with pytest.raises(BadInput) as refused:
        load_licence("lama-3.1")
    assert refused.value.hint == "did you mean `llama-3.1`?"
