"""Licences of open-weight models: what they allow, what they ask for, and whether a product may be built on them."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from msgspec import Meta, Struct

from wrapper.presets.files import names_in, read_preset

FOLDER = "licences"

Text = Annotated[str, Meta(min_length=1)]
Count = Annotated[int, Meta(ge=1)]
Topic = Literal[
    "attribution",
    "use_policy",
    "excluded_use",
    "user_cap",
    "derivatives",
    "naming",
    "redistribution",
    "commercial_use",
]

_DUTIES = frozenset(("attribution", "naming", "redistribution"))
# Beside another word they are another industry: adult education, legal defence, nuclear medicine.
_MEANT_ALONE = frozenset(("adult", "defence", "defense", "nuclear"))
_OF_AN_INDUSTRY = frozenset(
    ("company", "contractor", "industry", "industries", "products", "sector", "services", "technology")
)


class Clause(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule: `text` in plain words, `quote` word for word, `section` and `source` where it stands.

    `industries` are lower-case words for industries that the clause excludes as a whole; `conditions_for` those
    for which it sets a condition, such as a licence to practise.
    """

    topic: Topic
    text: Text
    quote: Text
    section: Text
    source: Text
    industries: tuple[Text, ...] = ()
    conditions_for: tuple[Text, ...] = ()


class Licence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of presets/licences; above `user_cap` monthly users the owner must be asked."""

    version: Literal[1]
    name: Text
    title: Text
    commercial_use: bool
    user_cap: Count | None
    summary: Text
    clauses: tuple[Clause, ...]


class Refusal(Struct, frozen=True, kw_only=True):
    """Why a model may not be used: one sentence, and the clause that says so, where one is known."""

    licence: str
    sentence: str
    clause: Clause | None


UNKNOWN = Licence(
    version=1,
    name="unknown",
    title="unknown licence",
    commercial_use=False,
    user_cap=None,
    summary="Nobody has told thriftune the licence: commercial use is refused until it is known.",
    clauses=(),
)


def licence_names() -> list[str]:
    """Names of all licences, sorted."""
    return names_in(FOLDER)


def load_licence(name: str) -> Licence:
    """Raises BadInput for an unknown name, and for a broken file; `unknown` is a licence too."""
    return UNKNOWN if name == UNKNOWN.name else read_preset(FOLDER, name, Licence)


def licence_refusals(
    licence: Licence, *, commercial_use: bool, monthly_users: int | None, industry: str | None
) -> list[Refusal]:
    """All reasons why the licence does not allow such a product; empty where none is known.

    An `industry` that no clause names is not refused: an acceptable-use policy excludes more than industries.
    """
    refusals = []
    if commercial_use and not licence.commercial_use:
        sentence = f"commercial use is not allowed: {_inside(licence.summary)}"
        refusals.append(_refusal(licence, sentence, _first(licence, "commercial_use")))
    if monthly_users is not None and licence.user_cap is not None and monthly_users > licence.user_cap:
        sentence = (
            f"above {licence.user_cap:,} monthly users the owner must be asked for a licence; "
            f"the product has {monthly_users:,}"
        )
        refusals.append(_refusal(licence, sentence, _first(licence, "user_cap")))
    if industry is not None:
        refusals += [
            _refusal(licence, f"the industry `{industry}` is excluded: {_inside(clause.text)}", clause)
            for clause in licence.clauses
            if _named_in(industry, clause.industries)
        ]
    return refusals


def licence_conditions(licence: Licence, *, industry: str | None) -> list[Clause]:
    """Clauses that set a condition in such an industry, which a user should know of before training."""
    if industry is None:
        return []
    return [clause for clause in licence.clauses if _named_in(industry, clause.conditions_for)]


def licence_duties(licence: Licence) -> list[Clause]:
    """What whoever passes the model or a fine-tune of it on must do: notices, names, copies of the licence."""
    return [clause for clause in licence.clauses if clause.topic in _DUTIES]


def _refusal(licence: Licence, sentence: str, clause: Clause | None) -> Refusal:
    return Refusal(licence=licence.name, sentence=f"{licence.title}: {sentence}", clause=clause)


def _inside(sentence: str) -> str:
    """A sentence as a part of another one."""
    return (sentence[:1].lower() + sentence[1:]).removesuffix(".")


def _first(licence: Licence, topic: Topic) -> Clause | None:
    return next((clause for clause in licence.clauses if clause.topic == topic), None)


def _named_in(industry: str, words: tuple[str, ...]) -> bool:
    """Whether one of the words stands in the industry's name, as a whole word."""
    parts = [re.findall(r"\w+", part) for part in re.split(r"[,;/&]|\band\b", industry.lower().replace("-", " "))]
    alone = {" ".join(word for word in part if word not in _OF_AN_INDUSTRY) for part in parts}
    told = " ".join(["", *re.findall(r"\w+", industry.lower()), ""])
    return any(word in alone or (word not in _MEANT_ALONE and f" {word} " in told) for word in words)
