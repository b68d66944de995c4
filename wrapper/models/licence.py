"""Under which licences a model stands: its preset's, what its folder says, or nobody knows."""

from __future__ import annotations

import re
from pathlib import Path

from wrapper.models.candidates import preset_of
from wrapper.presets.licence import UNKNOWN, Licence, licence_names, load_licence
from wrapper.presets.load import licences_of
from wrapper.spec.fields import Model

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---", re.DOTALL)
_LICENCE_LINE = re.compile(r"^license:\s*[\"']?([\w.-]+)", re.MULTILINE)  # as the hub spells it in a model card
_CARD_CHARACTERS = 100_000
_HUB_NAMES = {"llama3.1": "llama-3.1", "llama3.2": "llama-3.2", "llama3.3": "llama-3.3", "gemma": "gemma-terms"}


def licences_of_model(model: Model, base_dir: Path) -> tuple[Licence, ...]:
    """All must allow a use. A local folder's is read from its model card, README.md, where that names a known one."""
    known = preset_of(model)
    if known is not None:
        return licences_of(known)
    assert model.base is not None  # checked by the spec
    return (_of_card(base_dir / Path(model.base).expanduser() / "README.md"),)


def _of_card(card: Path) -> Licence:
    try:
        text = card.read_text(encoding="utf-8", errors="replace")[:_CARD_CHARACTERS]
    except OSError:
        return UNKNOWN
    front = _FRONT_MATTER.match(text)
    named = _LICENCE_LINE.search(front[1]) if front else None
    name = named[1].lower() if named else ""
    name = _HUB_NAMES.get(name, name)
    return load_licence(name) if name in licence_names() else UNKNOWN
