"""A whole config, each of its keys accounted for once: taken into the spec, or left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from wrapper.backends.imports.entries import (
    EPOCHS,
    MAX_STEPS,
    METHOD,
    TRAIN,
    VALIDATION,
    Entry,
    LeftOut,
    Surroundings,
    Taken,
    Target,
    file_entry,
    model_entry,
    number_entry,
)
from wrapper.backends.imports.keymap import Config, Keymap
from wrapper.backends.imports.registry import KEYMAPS, keymap_of
from wrapper.documents import Document, KeyPath
from wrapper.errors import BadInput
from wrapper.spec.consistency import conflicts
from wrapper.spec.fields import Spec

# what a spec needs beside what a config gives, so that keys at odds with each other can be looked for
_STAND_INS: dict[Target, object] = {
    ("version",): 1,
    ("task",): {"name": "task", "kind": "chat", "metric": "exact_match_lenient", "target": 1.0},
    TRAIN: "\0",  # no file's name
    ("training", "reason"): "as given",
}


@dataclass(frozen=True, kw_only=True)
class Imported:
    """`taken` and `left_out` hold each key of the config once, in its order.

    `default_method` is the method that the backend takes where no key says one, None where one does.
    """

    keymap: Keymap
    taken: tuple[Taken, ...]
    left_out: tuple[LeftOut, ...]
    default_method: str | None

    @property
    def values(self) -> dict[Target, str | int | float]:
        """What goes into the spec, by its place there."""
        return {entry.target: entry.value for entry in self.taken}


def detect(document: Document) -> Keymap:
    """Whose config it is, by its keys at the top level; raises BadInput where they do not tell."""
    keymaps = [keymap_of(name) for name in KEYMAPS]
    ranked = sorted(keymaps, key=lambda keymap: _known(keymap, document.value), reverse=True)
    first, second = ranked[:2]
    if _known(first, document.value) == _known(second, document.value):
        raise BadInput(
            f"the keys of `{document.file}` do not tell whose config it is",
            hint=f"say it with `--backend {'` or `--backend '.join(KEYMAPS)}`",
        )
    return first


def import_config(document: Document, keymap: Keymap, surroundings: Surroundings) -> Imported:
    """Account for every key of a config. Pure: files are only named."""
    config = document.value
    method = keymap.method(config)
    placed = {entry.source: entry for entry in _placed(config, keymap, surroundings, method)}
    settled = {entry.source: entry for entry in _without_conflicts(_without_epochs(placed.values()), method)}
    entries = list(_walk(config, (), settled, keymap))
    taken = tuple(entry for entry in entries if isinstance(entry, Taken))
    said = any(entry.target == METHOD for entry in taken)
    return Imported(
        keymap=keymap,
        taken=taken,
        left_out=tuple(entry for entry in entries if isinstance(entry, LeftOut)),
        default_method=None if said else method,
    )


def nested(values: Mapping[Target, Any]) -> dict[str, Any]:
    """Values by their places as tables within tables."""
    root: dict[str, Any] = {}
    for path, value in values.items():
        table = root
        for step in path[:-1]:
            table = table.setdefault(step, {})
        table[path[-1]] = value
    return root


def _known(keymap: Keymap, config: Config) -> int:
    return len(config.keys() & set(keymap.top_level()))


def _placed(config: Config, keymap: Keymap, surroundings: Surroundings, method: str | None) -> Iterator[Entry]:
    """The keys that may have a place in a spec, those that hold nothing left aside."""
    if (given := _at(config, keymap.model)) is not None:
        yield model_entry(keymap.model, given, surroundings)
    for target, sources in ((TRAIN, keymap.train), (VALIDATION, keymap.validation)):
        for source in sources:
            if (given := _at(config, source)) is not None:
                yield file_entry(source, given, target, surroundings)
    for source in keymap.method_keys:
        given = _at(config, source)
        if given is not None and given != "":
            if method:
                yield Taken(source=source, given=given, target=METHOD, value=method)
            else:
                yield LeftOut(source=source, why="a spec knows the methods `qlora`, `lora` and `full`")
    for source, target in keymap.numbers.items():
        given = _at(config, source)
        if given is not None and given != "":
            yield number_entry(source, given, target)


def _at(config: Any, path: KeyPath) -> Any:
    """The value at a path, None where there is none."""
    value = config
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step] if step < len(value) else None
        else:
            return None
    return value


def _without_epochs(entries: Iterable[Entry]) -> list[Entry]:
    """Both backends stop at `max_steps` where it is given; a spec takes one of the two."""
    entries = list(entries)
    has_steps = any(isinstance(entry, Taken) and entry.target == MAX_STEPS for entry in entries)
    return [
        LeftOut(source=entry.source, why="`max_steps` is given, and goes before it")
        if has_steps and isinstance(entry, Taken) and entry.target == EPOCHS
        else entry
        for entry in entries
    ]


def _without_conflicts(entries: Iterable[Entry], method: str | None) -> list[Entry]:
    """What the spec calls a conflict is left out at the key that it is shown at."""
    entries = list(entries)
    taken = {entry.target: entry.value for entry in entries if isinstance(entry, Taken)}
    spec = msgspec.convert(nested({**_STAND_INS, METHOD: method or "qlora", ("model",): {}, **taken}), Spec)
    found = {conflict.keys[0]: conflict.message for conflict in conflicts(spec) if not conflict.is_warning}
    return [
        LeftOut(source=entry.source, why=found[entry.target])
        if isinstance(entry, Taken) and entry.target in found
        else entry
        for entry in entries
    ]


def _walk(value: Any, path: KeyPath, settled: Mapping[KeyPath, Entry], keymap: Keymap) -> Iterator[Entry]:
    """Every key in the order of the file; a table is opened where something in it is settled."""
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    for step, inner in steps:
        here = (*path, step)
        if here in settled:
            yield settled[here]
        elif isinstance(inner, dict | list) and inner and _is_opened(here, settled, keymap):
            yield from _walk(inner, here, settled, keymap)
        else:
            yield LeftOut(source=here, why=keymap.why_left_out(here, inner))


def _is_opened(path: KeyPath, settled: Iterable[KeyPath], keymap: Keymap) -> bool:
    return (len(path) == 1 and path[0] in keymap.opened) or any(key[: len(path)] == path for key in settled)
