"""What the keys of one backend's config mean to thriftune: the type of the tables in `axolotl` and `unsloth`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from wrapper.backends.imports.entries import SAYS_NOTHING, Target
from wrapper.documents import KeyPath
from wrapper.spec.fields import Method

Config = Mapping[str, Any]

# why a key is left out, where several backends say it of theirs
PLANNED = "the plan decides it"
FIXED = "thriftune sets it itself"
LEDGER = "thriftune keeps its own ledger and reports to nobody"
SECRET = "secrets stay in the environment"  # noqa: S105 - a sentence
FOLDER = "runs are kept in `.thriftune`"
ANSWERS = "only the answers are trained on, always"
LINEAR = "the adapter goes on all linear layers"
SHAPE = "thriftune finds the shape of the rows by itself"
UNUSUAL = "unusual: rows come in one of the usual shapes, or `data.input` and `data.output` name their fields"
ONE_FILE = "`data` takes one file of rows: join them in it"
NOTHING = "nothing takes its place"
OFF = "it is off, and nothing turns it on"


@dataclass(frozen=True, kw_only=True)
class Keymap:
    """Where the keys of a backend's config go.

    `title` names the backend for people. `top_level` gives the keys that tell its configs from others'.
    `opened` are tables whose keys are told one by one. `method` reads the method out of `method_keys`;
    `method_default` says why it is what it is where none of them is given.
    `numbers` go to the spec as they are. `usual` holds the values of keys that thriftune finds by itself.
    `reasons` holds patterns of all other keys, by why they are left out; the first that fits counts.
    In names and patterns the index of a list's item is left out.
    """

    backend: str
    title: str
    top_level: Callable[[], Collection[str]]
    opened: Collection[str]
    model: KeyPath
    train: tuple[KeyPath, ...]
    validation: tuple[KeyPath, ...]
    method: Callable[[Config], Method | None]
    method_keys: tuple[KeyPath, ...]
    method_default: str
    numbers: Mapping[KeyPath, Target]
    usual: Mapping[str, tuple[object, ...]]
    reasons: Mapping[str, tuple[str, ...]]

    def why_left_out(self, path: KeyPath, value: object) -> str:
        """Why the value at a path has no place in a spec."""
        if value is None or value in ("", [], {}):
            return SAYS_NOTHING
        name = ".".join(step for step in path if isinstance(step, str))
        for pattern, found in self.usual.items():
            if fnmatchcase(name, pattern):
                return SHAPE if value in found else UNUSUAL
        for why, patterns in self.reasons.items():
            if any(fnmatchcase(name, pattern) for pattern in patterns):
                return why
        return OFF if value is False else NOTHING
