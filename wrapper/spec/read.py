"""Reads thriftune.yaml from disk, and sees whether the files that it names are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from glob import has_magic, iglob
from hashlib import sha256
from os.path import expanduser
from pathlib import Path
from typing import Any

import msgspec

from wrapper.documents import Document, KeyPath, did_you_mean, dotted, parse_yaml, read_text
from wrapper.errors import Fault
from wrapper.spec.fields import Spec
from wrapper.spec.parse import spec_of

SPLITS: tuple[KeyPath, ...] = tuple(("data", name) for name in ("train", "validation", "test"))
CORPUS: KeyPath = ("data", "corpus")
HUB_DATA = "hf://"  # what fsspec calls the hub: its files are not looked for here
BASE: KeyPath = ("model", "base")
DOCUMENTS: KeyPath = ("evaluation", "documents")
REGRESSION: KeyPath = ("evaluation", "regression")
SCHEMA: KeyPath = ("task", "grading", "schema")
FUNCTION: KeyPath = ("task", "grading", "function")


@dataclass(frozen=True, kw_only=True)
class LoadedSpec:
    """A spec and where it came from.

    `digest` is the sha256 of what the spec says: comments, order and spelled-out defaults do not change it.
    `document` gives the lines of its keys to later faults.
    """

    spec: Spec
    path: Path
    digest: str
    document: Document

    @property
    def folder(self) -> Path:
        """What relative paths in the spec are relative to."""
        return self.path.parent


def load_spec(path: Path) -> LoadedSpec:
    """Read a spec; raises BadInput that holds all of its faults. The files it names are not looked for."""
    document = read_spec_document(path)
    spec = spec_of(document)
    said = _without_empty_tables(msgspec.to_builtins(spec))
    digest = sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()
    return LoadedSpec(spec=spec, path=path, digest=digest, document=document)


def _without_empty_tables(table: dict[str, Any]) -> dict[str, Any]:
    """Defaults are left out by the types; a table that holds nothing else is left out here."""
    inner = {key: _without_empty_tables(part) if isinstance(part, dict) else part for key, part in table.items()}
    return {key: part for key, part in inner.items() if part != {}}


def read_spec_document(path: Path) -> Document:
    """The YAML of a spec; a missing file is told with what to do about it."""
    hint = "see it work first with `thriftune quickstart`, or write a spec: docs/spec.md has one"
    return parse_yaml(read_text(path, missing_hint=hint), file=str(path))


def absent_files(document: Document, folder: Path) -> Iterator[Fault]:
    """Faults of data files and a local base model that the spec names and that are not there."""
    for path, named in data_files(document):
        if not _is_named_data(folder, path, named):
            yield _absent(document, path, named, folder)
    for path, named in evaluation_files(document):
        is_found = (lambda place: place.is_file() or place.is_dir()) if path == DOCUMENTS else Path.is_file
        if not _is_there(folder, named, is_found):
            yield _absent(document, path, named, folder)
    base = text_at(document, BASE)
    if base.startswith((".", "/", "~")) and not _is_there(folder, base, Path.is_dir):
        message = f"`model.base`: no folder `{base}`"
        suggestion = "paths are relative to the spec; a hub id has no leading `.`, `/` or `~`"
        yield document.fault("missing_file", message, BASE, suggestion=suggestion)


def data_files(document: Document) -> Iterator[tuple[KeyPath, str]]:
    """What the spec names as data, each with its place: a key, or an item of a list."""
    for path in (*SPLITS, CORPUS):
        value = _value_at(document, path)
        items = [((*path, index), item) for index, item in enumerate(value)] if isinstance(value, list) else []
        for place, named in [(path, value), *items]:
            if isinstance(named, str) and named:
                yield place, named


def evaluation_files(document: Document) -> Iterator[tuple[KeyPath, str]]:
    """What the spec names for grading and measuring, each with its place."""
    for path in (SCHEMA, FUNCTION, DOCUMENTS):
        named = text_at(document, path)
        if named:
            yield path, named.rpartition(":")[0] if path == FUNCTION else named
    tasks = _value_at(document, REGRESSION)
    for index, task in enumerate(tasks if isinstance(tasks, list) else []):
        rows = task.get("data") if isinstance(task, dict) else None
        if isinstance(rows, str) and rows:
            yield (*REGRESSION, index, "data"), rows


def _is_named_data(folder: Path, path: KeyPath, named: str) -> bool:
    if path == CORPUS:
        return _is_there(folder, named, Path.is_file)
    return (
        named.startswith(HUB_DATA)
        or _is_there(folder, named, lambda place: place.is_file() or place.is_dir())
        or (has_magic(named) and _matches(folder, named))
    )


def _matches(folder: Path, pattern: str) -> bool:
    try:
        matches = iglob(expanduser(pattern), root_dir=folder, recursive=True)  # noqa: PTH111, PTH207
        return next(matches, None) is not None
    except (OSError, ValueError):
        return False


def _absent(document: Document, path: KeyPath, named: str, folder: Path) -> Fault:
    if _is_there(folder, named, Path.is_dir):
        message, suggestion = f"`{dotted(path)}`: `{named}` is a folder", "name a file in it"
    elif has_magic(named):
        message, suggestion = f"`{dotted(path)}`: no file matches `{named}`", "globs are relative to the spec"
    else:
        message = f"`{dotted(path)}`: no file `{named}`"
        others = [name for name in _siblings(folder, named) if name != Path(named).name]
        suggestion = did_you_mean(Path(named).name, others) or "paths are relative to the spec"
    return document.fault("missing_file", message, path, suggestion=suggestion)


def _is_there(folder: Path, named: str, test: Callable[[Path], bool]) -> bool:
    """Whether a path passes the test; one that no file can have (too long, an unknown `~user`) does not."""
    try:
        return test(folder / Path(named).expanduser())
    except (OSError, RuntimeError):
        return False


def _siblings(folder: Path, named: str) -> list[str]:
    try:
        return [entry.name for entry in (folder / Path(named).expanduser()).parent.iterdir()]
    except (OSError, RuntimeError, ValueError):
        return []


def text_at(document: Document, path: KeyPath) -> str:
    """The text under a key, empty where there is none."""
    value = _value_at(document, path)
    return value if isinstance(value, str) else ""


def _value_at(document: Document, path: KeyPath) -> object:
    value: object = document.value
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value
