"""The rows that an earlier step of this project froze, for the same files and the same settings."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import file_digest
from pathlib import Path

from wrapper.data.freeze import thaw
from wrapper.data.prepared import Prepared
from wrapper.data.reading.sources import find_sources
from wrapper.pipeline.project import Project
from wrapper.pipeline.run import done_before, key_of
from wrapper.spec.read import LoadedSpec


def data_key(loaded: LoadedSpec) -> str:
    """Of the step that prepares the rows: it changes with the files and with what the spec says of them."""
    spec, folder = loaded.spec, loaded.folder
    digests = {split: _digests(named, folder) for split, named in spec.data.named.items()}
    return key_of("data", spec.data, spec.task.kind, digests)


def frozen_rows(project: Project, key: str) -> Prepared | None:
    """None where no such step was done, or what it made is gone."""
    record = done_before(project, key)
    return thaw(project.place(record.detail["made"])) if record else None


def _digests(named: Sequence[str], folder: Path) -> list[tuple[str, str]]:
    """Each file that is named for a split, and its sha256."""
    return [(source.name, _digest(source.path)) for source in find_sources(named, folder)[0]]


def _digest(file: Path) -> str:
    """sha256 of a data file; one that cannot be read is told of by the reader."""
    try:
        if not file.is_file():  # a pipe would be waited for
            return ""
        with file.open("rb") as stream:
            return file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""
