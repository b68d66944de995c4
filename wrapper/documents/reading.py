"""The walk over composed YAML nodes that gives values, positions and faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from wrapper.documents.places import KeyPath, Position, fault_at, node_position, refusal
from wrapper.documents.scalars import construct, resolve_yaml12
from wrapper.errors import Fault

Floats = Literal["yaml12", "yaml11"]

MAX_DEPTH = 64
MAX_VALUES = 100_000

_COLLECTIONS = {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}
_MERGE = "tag:yaml.org,2002:merge"


@dataclass(kw_only=True)
class Reading:
    """One walk. It follows aliases, so it counts what it visits: a small file can stand for a vast one."""

    file: str
    floats: Floats
    faults: list[Fault] = field(default_factory=list)
    positions: dict[KeyPath, Position] = field(default_factory=dict)
    visited: int = 0

    def read(self, node: yaml.Node, path: KeyPath = ()) -> Any:
        """The plain value of a node; a mapping's keys and a list's items are entered in `positions`."""
        self._count(node, len(path))
        self.positions.setdefault(path, node_position(node))
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if node.tag not in _COLLECTIONS:
            raise refusal(self._tag_fault(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._mapping(node, path)

    def _mapping(self, node: yaml.Node, path: KeyPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        own_lines: dict[str, int] = {}
        for key_node, value_node, is_own in self._pairs(node, len(path)):
            key = self._key(key_node, path)
            here = (*path, key)
            position = node_position(key_node)
            if is_own and key in own_lines:
                message = f"`{key}` is given twice, first on line {own_lines[key]}"
                self.faults.append(
                    fault_at(
                        position,
                        "duplicate_key",
                        message,
                        file=self.file,
                        path=here,
                        suggestion="keep one: the last would silently win",
                    )
                )
            if is_own:
                own_lines.setdefault(key, position[0])
            self.positions[here] = position
            result[key] = self.read(value_node, here)
        return result

    def _pairs(self, node: yaml.Node, depth: int) -> Iterator[tuple[yaml.Node, yaml.Node, bool]]:
        """Keys merged in by `<<` first, so that the mapping's own keys win; earlier merges win over later."""
        own = []
        for key_node, value_node in node.value:
            if key_node.tag != _MERGE:
                own.append((key_node, value_node, True))
                continue
            merged = value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
            for source in reversed(merged):
                self._count(source, depth)
                if not isinstance(source, yaml.MappingNode):
                    raise refusal(self._unreadable(source, "`<<` merges mappings only"))
                for inner_key, inner_value, _ in self._pairs(source, depth + 1):
                    yield inner_key, inner_value, False
        yield from own

    def _key(self, node: yaml.Node, path: KeyPath) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise refusal(self._unreadable(node, "a list or a mapping cannot be a key", "write `key: value`"))
        key = self._scalar(node)
        if not isinstance(key, str):
            self.faults.append(
                fault_at(
                    node_position(node),
                    "syntax",
                    f"the key `{node.value}` is no text: YAML reads it as {_kind_of(key)}",
                    file=self.file,
                    path=(*path, node.value),
                    suggestion=f'put it in quotes: `"{node.value}"`',
                )
            )
        return str(node.value)

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        try:
            return resolve_yaml12(node) if self.floats == "yaml12" else construct(node)
        except yaml.constructor.ConstructorError:
            raise refusal(self._tag_fault(node)) from None
        except (ValueError, OverflowError, LookupError, AttributeError):
            shown = node.value if len(node.value) <= 40 else f"{node.value[:37]}..."
            fault = self._unreadable(
                node, f"`{shown}` is no number or date", "put it in quotes if it is text"
            )
            raise refusal(fault) from None

    def _count(self, node: yaml.Node, depth: int) -> None:
        self.visited += 1
        if depth > MAX_DEPTH:
            message = f"nested deeper than {MAX_DEPTH} levels, or an alias that holds itself"
            raise refusal(self._unreadable(node, message))
        if self.visited > MAX_VALUES:
            raise refusal(self._unreadable(node, f"more than {MAX_VALUES:,} values, aliases followed"))

    def _tag_fault(self, node: yaml.Node) -> Fault:
        tag = str(node.tag).replace("tag:yaml.org,2002:", "!!")
        if tag == "!!value":
            return self._unreadable(node, "a bare `=` is no value", 'put it in quotes: `"="`')
        return self._unreadable(node, f"the tag `{tag}` is not allowed", "remove it: plain values only")

    def _unreadable(self, node: yaml.Node, message: str, suggestion: str = "") -> Fault:
        return fault_at(node_position(node), "syntax", message, file=self.file, suggestion=suggestion)


def _kind_of(value: object) -> str:
    if value is None:
        return "nothing (null)"
    known = {bool: "true or false", int: "a number", float: "a number"}
    return known.get(type(value), "a date or binary data")
