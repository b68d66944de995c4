"""Data sets of the hub by name, `hf://datasets/OWNER/NAME[@REVISION][/PATH]`, and the folder that each is kept in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from glob import has_magic
from hashlib import sha256
from pathlib import Path

from wrapper.data.reading.file_types import SUFFIXES, is_read
from wrapper.errors import BadInput
from wrapper.resources import cache_dir
from wrapper.spec.read import HUB_DATA

_NAME = re.compile(r"hf://datasets/(?P<owner>[\w.-]+)/(?P<set>[\w.-]+)(?:@(?P<revision>[\w.%-]+))?(?:/(?P<path>.+))?/?")


@dataclass(frozen=True, kw_only=True)
class HubData:
    """A data set, at a revision; `path` is a file, folder or glob in it, empty for all of it."""

    repository: str
    revision: str
    path: str

    @property
    def folder(self) -> Path:
        """Where its files are kept once they were fetched."""
        asked = f"{self.revision}\n{self.path}"
        name = f"{self.repository.replace('/', '--')}-{sha256(asked.encode()).hexdigest()[:12]}"
        return cache_dir() / "datasets" / name

    @property
    def patterns(self) -> tuple[str, ...]:
        """What is fetched: files that rows are read from, and nothing that could be run."""
        if is_read(self.path):
            return (self.path,)
        inside = tuple(f"{self.path.rstrip('/')}/*{suffix}" if self.path else f"*{suffix}" for suffix in SUFFIXES)
        return (*inside, *(f"{self.path}{suffix}" for suffix in SUFFIXES)) if has_magic(self.path) else inside


def is_hub_name(named: str) -> bool:
    return named.startswith(HUB_DATA)


def hub_data(named: str) -> HubData:
    """The data set that a name means; raises BadInput where it means none."""
    found = _NAME.fullmatch(named)
    if found is None or ".." in (found["path"] or "").split("/"):
        raise BadInput(
            f"{named} is no data set of the hub",
            hint="write `hf://datasets/OWNER/NAME`, with `@REVISION` and a path or glob in it where they are needed",
        )
    return HubData(
        repository=f"{found['owner']}/{found['set']}",
        revision=(found["revision"] or "main").replace("%2F", "/"),
        path=found["path"] or "",
    )
