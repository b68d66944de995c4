"""The locks that travel with thriftune hold every package by hash and no machine's paths."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from wrapper.environments import environment_names
from wrapper.resources import presets_dir

LOCKS = sorted((presets_dir() / "locks").glob("*.lock"))
ENTRY = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>[^\s;\\]+)(?P<rest>[^\n]*)$", re.MULTILINE)


def entries(lock: Path) -> list[re.Match[str]]:
    return list(ENTRY.finditer(lock.read_text()))


def test_there_is_a_lock_for_each_environment():
    assert [lock.stem for lock in LOCKS] == [
        f"{name}-{device}" for name in environment_names() for device in ("cpu", "cuda")
    ]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
class TestEveryLock:
    def test_names_no_place(self, lock: Path):
        text = lock.read_text()
        assert not re.search(r"https?:|file:|--index-url|--extra-index-url|--find-links|@ ", text)
        assert not re.search(r"(^|\s)[~.]?/\w", re.sub(r"scripts/lock", "", text))
        assert "+cpu" not in text and "+cu1" not in text

    def test_holds_every_package_by_hash_but_torch(self, lock: Path):
        without = [entry["name"] for entry in entries(lock) if not entry["rest"].rstrip().endswith("\\")]
        assert without == ["torch"]
        assert all(len(digest) == 64 for digest in re.findall(r"--hash=sha256:([0-9a-f]+)", lock.read_text()))

    def test_is_made_of_nothing_but_entries_and_hashes(self, lock: Path):
        odd = [
            line
            for line in lock.read_text().splitlines()
            if not (line.startswith(("#", "    --hash=sha256:")) or ENTRY.match(line))
        ]
        assert odd == []

    def test_cuda_libraries_are_in_cuda_locks_only(self, lock: Path):
        # nvidia-ml-py asks a driver how much memory is used; it is plain Python
        cuda = {e["name"] for e in entries(lock) if re.match(r"nvidia-(?!ml-py)|cuda-", e["name"])}
        assert ("nvidia-cublas" in cuda) if lock.stem.endswith("cuda") else not cuda

    def test_keeps_what_its_source_pins(self, lock: Path):
        source = lock.parent / "sources" / f"{lock.stem.split('-')[0]}.in"
        pinned = set(re.findall(r"^[a-z0-9._-]+==\S+", source.read_text(), re.MULTILINE))
        assert len(pinned) >= 2
        assert pinned <= {f"{entry['name']}=={entry['version']}" for entry in entries(lock)}

    def test_leaves_out_what_is_excluded(self, lock: Path):
        backend, accelerator = lock.stem.split("-")
        excluded: set[str] = set()
        for part in (backend, accelerator, lock.stem):
            file = lock.parent / "sources" / f"{part}.exclude"
            if file.exists():
                excluded |= set(re.findall(r"^[a-z0-9._-]+$", file.read_text(), re.MULTILINE))
        assert not excluded & {entry["name"] for entry in entries(lock)}

    def test_has_a_measured_size(self, lock: Path):
        sizes = json.loads((lock.parent / "sizes.json").read_text())
        assert sizes[lock.stem]["disk_gib"] > 1
        assert "installed on" in sizes[lock.stem]["source"]
