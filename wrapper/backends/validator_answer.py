"""What a backend's own validator answered, as faults with the line of the key that each is about."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from wrapper.documents import Document, KeyPath
from wrapper.errors import EnvironmentFault, Fault

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def faults_of_answer(answer: str, document: Document, known: Sequence[Fault]) -> list[Fault]:
    """Faults that the cheaper layers, whose errors are `known`, have not seen.

    `answer` is `{"valid": bool, "errors": [{"message", "key"?, "kind"?}]}`; raises EnvironmentFault if it is not.
    """
    found: list[Fault] = []
    for entry in _entries(answer):
        path, mentioned = _about(entry, document)
        kind = "warning_environment" if entry.get("kind") == "environment" else "backend"
        fault = document.fault(kind, str(entry["message"]).strip(), path)
        if not any(_same(fault, mentioned, other) for other in [*known, *found]):
            found.append(fault)
    return found


def _entries(answer: str) -> list[dict[str, Any]]:
    try:
        entries = json.loads(answer)["errors"]
        return [entry for entry in entries if entry["message"]]
    except (ValueError, KeyError, TypeError):
        raise EnvironmentFault(
            "the backend's own validator gave no answer",
            hint="`thriftune backend check` says what is wrong with its environment",
        ) from None


def _about(entry: dict[str, Any], document: Document) -> tuple[KeyPath, set[str]]:
    """The path of the key that an entry names, and all words in it that may be keys."""
    if entry.get("key"):
        steps = str(entry["key"]).split(".")
        return _path(steps, document.value) or _nested(steps[0], document), set(steps)
    words = _WORD.findall(str(entry["message"]))
    keys = {value: key for key, value in document.value.items() if isinstance(value, str)}
    named = [word for word in words if word in document.value] + [keys[word] for word in words if word in keys]
    return (named[0],) if named else (), set(words) | set(named)


def _path(steps: Sequence[str], value: Any) -> KeyPath:
    """The steps that exist in the document; pydantic puts the names of models between them."""
    path: list[str | int] = []
    for step in steps:
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            path.append(int(step))
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            path.append(step)
            value = value[step]
    return tuple(path)


def _nested(key: str, document: Document) -> KeyPath:
    """The first nested place of a key: faults of a dataset come without the place of the dataset."""
    return next((path for path in document.positions if len(path) > 1 and path[-1] == key), ())


def _same(fault: Fault, mentioned: set[str], other: Fault) -> bool:
    """Whether an error that is known already says it: at the same key, or at one that the message names."""
    if other.kind.startswith("warning") or fault.kind.startswith("warning"):
        return False
    return bool(other.key) and (other.key == fault.key or other.key.rpartition(".")[2] in mentioned)
