"""Where in a document something stands: key paths, and faults that carry a line."""

from __future__ import annotations

import yaml

from wrapper.errors import BadInput, Fault

KeyPath = tuple[str | int, ...]
Position = tuple[int, int]


def dotted(path: KeyPath) -> str:
    """A key path as a user would write it: `datasets[0].path`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def node_position(node: yaml.Node) -> Position:
    """1-based line and column of a node's first character."""
    mark = node.start_mark
    return mark.line + 1, mark.column + 1


def fault_at(
    position: Position, kind: str, message: str, *, file: str, path: KeyPath = (), suggestion: str = ""
) -> Fault:
    """A fault at a 1-based line and column."""
    return Fault(
        kind=kind,
        message=message,
        file=file,
        line=position[0],
        column=position[1],
        key=dotted(path),
        suggestion=suggestion,
    )


def refusal(fault: Fault) -> BadInput:
    """The error of a file in which nothing further can be read."""
    return BadInput(f"cannot read `{fault.file}`", faults=[fault])
