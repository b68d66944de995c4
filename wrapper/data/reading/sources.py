"""What a spec names as data, as files: a file, several, a glob or a folder; and the rows of all of them."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wrapper.data.reading.file_types import SUFFIXES, is_read
from wrapper.data.reading.hub_names import hub_data, is_hub_name
from wrapper.data.reading.read import ReadResult, read_rows
from wrapper.errors import BadInput

_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file, and what rows and faults call it: as it was named, relative to the spec's folder."""

    path: Path
    name: str


def read_sources(
    named: Sequence[str],
    base_dir: Path,
    *,
    input_field: str | None = None,
    output_field: str | None = None,
    group_field: str | None = None,
    aliases_field: str | None = None,
) -> ReadResult:
    """The rows of all files that are named, each read in its own shape; raises BadInput where one cannot be read."""
    sources, notes = find_sources(named, base_dir)
    results = [
        read_rows(
            source.path,
            input_field=input_field,
            output_field=output_field,
            group_field=group_field,
            aliases_field=aliases_field,
            name=source.name,
        )
        for source in sources
    ]
    return ReadResult(
        rows=tuple(row for result in results for row in result.rows),
        faults=tuple(fault for result in results for fault in result.faults),
        excerpts=tuple(excerpt for result in results for excerpt in result.excerpts),
        formats=tuple(entry for result in results for entry in result.formats),
        notes=notes,
    )


def find_sources(named: Sequence[str], base_dir: Path) -> tuple[tuple[Source, ...], tuple[str, ...]]:
    """The files in the order that they are named, sorted within a glob or folder, and what was passed over.

    Raises BadInput for a glob or folder without a file of rows. That a file named by itself is there is not asked.
    """
    found: dict[str, Source] = {}
    notes: list[str] = []
    for entry in dict.fromkeys(named):
        sources, left_out = _expanded(entry, base_dir)
        if left_out:
            notes.append(f"{entry}: {_count(left_out)} left out: {_listed(left_out)}")
        twice = [source.name for source in sources if _real(source.path) in found]
        if twice:
            notes.append(f"{entry}: {_count(twice)} named before and read once: {_listed(twice)}")
        for source in sources:
            found.setdefault(_real(source.path), Source(path=source.path, name=_as_text(source.name)))
    return tuple(found.values()), tuple(map(_as_text, notes))


def refuse_shared_files(splits: Mapping[str, Sequence[str]], base_dir: Path) -> None:
    """Raise BadInput where one file is in two splits, such as a test file in the folder of training files."""
    owners: dict[str, str] = {}
    for split, named in splits.items():
        for source in find_sources(named, base_dir)[0]:
            other = owners.setdefault(_real(source.path), split)
            if other != split:
                raise BadInput(
                    f"`data.{other}` and `data.{split}` are the same file, {source.name}",
                    hint=f"name files apart, or leave `data.{split}` out, and rows are split off for it",
                )


def _expanded(entry: str, base_dir: Path) -> tuple[list[Source], list[str]]:
    """The files of one entry, and the names of those that it covers and that are not read."""
    if is_hub_name(entry):
        return _in_hub_data(entry)
    written = os.path.expanduser(entry)  # noqa: PTH111  # an unknown user is a file that is not there
    path = base_dir / written
    if os.path.isdir(path):  # noqa: PTH112  # False, where pathlib raises, for what no file can be called
        kind, (names, left_out) = "folder", _in_folder(path)
        sources = [Source(path=path / name, name=os.path.normpath(f"{entry}/{name}")) for name in names]
    elif glob.has_magic(written) and not os.path.lexists(path):
        kind, (names, left_out) = "glob", _in_glob(written, base_dir)
        sources = [Source(path=base_dir / name, name=name) for name in names]
    else:
        return [Source(path=path, name=entry)], []
    if not sources:
        but = f", but {_listed(left_out)}" if left_out else ""
        raise BadInput(f"the {kind} {entry} holds no file of rows{but}", hint=f"read are {', '.join(SUFFIXES)}")
    return sources, left_out


def _in_hub_data(entry: str) -> tuple[list[Source], list[str]]:
    """The files of a data set that was fetched; rows and faults call them by their names on the hub."""
    wanted = hub_data(entry)
    if not wanted.folder.is_dir():
        raise BadInput(
            f"{entry} has not been fetched", hint="`thriftune data audit` fetches it where the hub can be reached"
        )
    sources, left_out = _expanded(wanted.path or ".", wanted.folder)
    root = f"hf://datasets/{wanted.repository}"
    return [Source(path=source.path, name=f"{root}/{source.name}") for source in sources], left_out


def _in_folder(folder: Path) -> tuple[list[str], list[str]]:
    """Names of the files in a folder and the folders in it, links to folders not followed."""
    taken, left_out = list[str](), list[str]()

    def refuse(failure: OSError) -> None:
        hint = "check the folder's permissions"
        raise BadInput(f"{failure.filename} cannot be read: {failure.strerror}", hint=hint)

    for where, folders, files in os.walk(folder, onerror=refuse):
        inside = Path(where).relative_to(folder)
        passed = [name for name in folders if name.startswith(".") or Path(where, name).is_symlink()]
        folders[:] = [name for name in folders if name not in passed]
        left_out += [f"{inside / name}/" for name in passed]
        for name in files:
            (taken if is_read(name) and not name.startswith(".") else left_out).append(str(inside / name))
    return sorted(taken), sorted(left_out)


def _in_glob(pattern: str, base_dir: Path) -> tuple[list[str], list[str]]:
    """Names of the files that match, hidden ones only where the pattern says the dot."""
    matches = sorted(glob.glob(pattern, root_dir=base_dir, recursive=True))  # noqa: PTH207  # names stay as written
    folders = {name for name in matches if (base_dir / name).is_dir()}
    taken = [name for name in matches if name not in folders and is_read(name)]
    left_out = [name for name in matches if name not in folders and not is_read(name)]
    if "**" not in pattern:  # which matches the files in them too
        left_out += [f"{name.rstrip('/')}/" for name in sorted(folders)]
    return taken, left_out


def _as_text(name: str) -> str:
    """A file's name as text that can be written, whatever bytes it is made of."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _real(path: Path) -> str:
    return os.path.realpath(path)


def _count(names: Sequence[str]) -> str:
    return "1 file" if len(names) == 1 else f"{len(names)} files"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown
