"""The text of a spec as a typed Spec, or every fault in it at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from wrapper.documents import Document, KeyPath, parse_yaml
from wrapper.errors import BadInput, Fault, faulty_file
from wrapper.spec.conflict import Conflict
from wrapper.spec.consistency import conflicts
from wrapper.spec.fields import Spec
from wrapper.spec.schema import spec_schema
from wrapper.spec.schema_faults import Finding, number_findings, schema_findings

WARNING = "warning_"

# what takes the place of a required key that is missing or at fault, so that the rest can be examined
_STAND_INS: dict[str, Any] = {
    "version": 1,
    "task": {"name": "task", "kind": "chat", "metric": "exact_match", "target": 1.0},
    "data": {"train": "train.jsonl"},
    "model": {},
}
_DEPTH_OF_OPTIONAL = 2  # tables within tables can be left out whole, and may need what is at fault in them


def parse_spec(text: str, *, file: str) -> Spec:
    """The spec; raises BadInput that holds all of its faults."""
    return spec_of(parse_yaml(text, file=file))


def find_faults(text: str, *, file: str) -> list[Fault]:
    """All faults and warnings (their kinds begin with `warning_`), in the order of the file."""
    try:
        return examine(parse_yaml(text, file=file))[1]
    except BadInput as unreadable:
        if not unreadable.faults:
            raise
        return list(unreadable.faults)


def spec_of(document: Document) -> Spec:
    """The spec that a document holds; raises BadInput that holds all of its faults."""
    spec, found = examine(document)
    faults = [fault for fault in found if not fault.kind.startswith(WARNING)]
    if spec is None:
        raise spec_refused(document.file, faults)
    return spec


def spec_refused(file: str, faults: Iterable[Fault]) -> BadInput:
    return faulty_file(file, list(faults), hint="all keys are described by `thriftune schema` and in docs/spec.md")


def examine(document: Document) -> tuple[Spec | None, list[Fault]]:
    """The spec, None where there are errors, and all faults and warnings in the order of the file.

    The conflicts between keys are looked for even where single values are at fault: those values are
    left out or stood in for, and no conflict is reported that hangs on one of them.
    """
    found = _findings(document)
    faults = [*document.faults, *(finding.fault for finding in found)]
    at_fault = {finding.path for finding in found}
    at_fault |= {path[:-1] for path in at_fault if len(path) > _DEPTH_OF_OPTIONAL}
    remains, stood_in = _completed(_without(document.value, at_fault), _STAND_INS)
    doubtful = at_fault | stood_in | {finding.meant for finding in found if finding.meant}
    spec = msgspec.convert(remains, Spec)
    faults += [_fault(document, conflict) for conflict in conflicts(spec) if not _hangs_on(conflict, doubtful)]
    has_errors = any(not fault.kind.startswith(WARNING) for fault in faults)
    return None if has_errors else spec, sorted(faults, key=lambda fault: (fault.line, fault.column))


def _findings(document: Document) -> list[Finding]:
    """What is wrong with single values; jsonschema, which tells all of it, is imported only where something is."""
    numbers = list(number_findings(document, document.value))
    try:
        msgspec.convert(_without(document.value, {finding.path for finding in numbers}), Spec)
    except msgspec.ValidationError:
        from jsonschema.validators import Draft202012Validator

        return schema_findings(document, Draft202012Validator(spec_schema()))
    return numbers


def _fault(document: Document, conflict: Conflict) -> Fault:
    kind = f"{WARNING}cross_field" if conflict.is_warning else "cross_field"
    return document.fault(kind, conflict.message, conflict.keys[0], suggestion=conflict.suggestion)


def _hangs_on(conflict: Conflict, paths: Iterable[KeyPath]) -> bool:
    return any(key[: len(path)] == path or path[: len(key)] == key for key in conflict.keys for path in paths)


def _without(value: Any, paths: set[KeyPath], here: KeyPath = ()) -> Any:
    """A copy of nested values without those at `paths`; whole floats, such as 2e5, become integers."""
    if isinstance(value, dict):
        inner = {key: (*here, key) for key in value if (*here, key) not in paths}
        kept_keys = {key: _without(value[key], paths, path) for key, path in inner.items()}
        return {key: part for key, part in kept_keys.items() if part != [] or value[key] == []}
    if isinstance(value, list):
        kept = [(item, (*here, index)) for index, item in enumerate(value)]
        return [_without(item, paths, path) for item, path in kept if path not in paths]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _completed(
    value: dict[str, Any], stand_ins: dict[str, Any], here: KeyPath = ()
) -> tuple[dict[str, Any], set[KeyPath]]:
    """`value` with the stand-ins of keys that it lacks, and the paths of those keys."""
    result, paths = dict(value), set[KeyPath]()
    for key, stand_in in stand_ins.items():
        if key not in value:
            result[key] = stand_in
            paths.add((*here, key))
        elif isinstance(stand_in, dict):
            result[key], inner = _completed(value[key], stand_in, (*here, key))
            paths |= inner
    return result, paths
