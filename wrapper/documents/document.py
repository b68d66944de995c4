"""YAML text as plain values that remember the line and column of every key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.reader import Reader

from wrapper.documents.places import KeyPath, Position, fault_at, node_position, refusal
from wrapper.documents.reading import MAX_DEPTH, Floats, Reading
from wrapper.documents.syntax import syntax_fault
from wrapper.errors import BadInput, Fault

MAX_CHARACTERS = 1024 * 1024

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, kw_only=True)
class Document:
    """A mapping read from YAML. `faults` holds what was wrong but did not keep it from being read."""

    file: str
    value: dict[str, Any]
    faults: list[Fault]
    positions: Mapping[KeyPath, Position]

    def position(self, path: KeyPath) -> Position:
        """1-based line and column of a key (of a list's item), or of the nearest parent that exists."""
        while path not in self.positions:
            path = path[:-1]
        return self.positions[path]

    def fault(self, kind: str, message: str, path: KeyPath = (), *, suggestion: str = "") -> Fault:
        """A fault that stands where `path` stands."""
        return fault_at(self.position(path), kind, message, file=self.file, path=path, suggestion=suggestion)


def parse_yaml(text: str, *, file: str, floats: Floats = "yaml12") -> Document:
    """Read one YAML document whose root is a mapping.

    `yaml12` reads plain scalars by YAML 1.2's core schema (`1e-3` is a number, `no` and dates are text);
    `yaml11` reads them exactly as PyYAML's `safe_load`. Raises BadInput where nothing can be read.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_CHARACTERS:
        raise BadInput(f"`{file}` is larger than 1 MiB", hint="settings are small: is this a data file?")
    _refuse_odd_characters(text, file)
    try:
        _refuse_deep_nesting(text, file)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise refusal(syntax_fault(error, text, file)) from None
    if not isinstance(root, yaml.MappingNode):
        raise refusal(_root_fault(root, file))
    reading = Reading(file=file, floats=floats)
    value = reading.read(root)
    return Document(file=file, value=value, faults=reading.faults, positions=reading.positions)


def _refuse_odd_characters(text: str, file: str) -> None:
    odd = Reader.NON_PRINTABLE.search(text)
    if odd is None:
        return
    line_start = text.rfind("\n", 0, odd.start()) + 1
    position = text.count("\n", 0, odd.start()) + 1, odd.start() - line_start + 1
    message = f"a character that YAML does not allow: U+{ord(odd.group()):04X}"
    raise refusal(fault_at(position, "syntax", message, file=file, suggestion="remove it"))


def _refuse_deep_nesting(text: str, file: str) -> None:
    """Count the nesting over the flat stream of events, before anything recursive sees the text."""
    depth = 0
    events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
    for event in events:
        if isinstance(event, yaml.events.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.events.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            position = event.start_mark.line + 1, event.start_mark.column + 1
            raise refusal(fault_at(position, "syntax", f"nested deeper than {MAX_DEPTH} levels", file=file))


def _root_fault(root: yaml.Node | None, file: str) -> Fault:
    if root is None:
        return fault_at((1, 1), "type", "the file is empty", file=file, suggestion="write `key: value` lines")
    found = "a list" if isinstance(root, yaml.SequenceNode) else "text"
    glued = isinstance(root, yaml.ScalarNode) and re.match(r"\w+:\S", root.value)
    suggestion = "put a space after each colon: `key: value`" if glued else "write `key: value` lines"
    message = f"the file holds {found}, not keys with values"
    return fault_at(node_position(root), "type", message, file=file, suggestion=suggestion)
