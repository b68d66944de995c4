"""What models answered, by a digest of all that an answer depends on: no question is paid for twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from wrapper.ledger.databases import connect, explained

_AT_ONCE = 500  # SQLite takes only so many values in a statement


class StoredAnswers:
    """A SQLite file of keys and values. Each `put` is durable by itself; several programs may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._explained():
            self._db = connect(path)
            self._db.execute("create table if not exists answers (key text primary key, value blob not null)")

    def _explained(self) -> AbstractContextManager[None]:
        return explained(
            self.path,
            "the store of answers",
            if_full="free some disk space or mend the folder's rights, then run again: what was answered is kept",
            if_damaged="remove it: what it held is then asked again",
        )

    def get_many(self, keys: Collection[str]) -> Mapping[str, bytes]:
        """Those of the keys that are known, and their values."""
        wanted, found = list(keys), dict[str, bytes]()
        with self._explained():
            for start in range(0, len(wanted), _AT_ONCE):
                some = wanted[start : start + _AT_ONCE]
                marks = ", ".join("?" * len(some))
                found.update(self._db.execute(f"select key, value from answers where key in ({marks})", some))  # noqa: S608
        return found

    def get(self, key: str) -> bytes | None:
        return self.get_many([key]).get(key)

    def put(self, key: str, value: bytes) -> None:
        with self._explained():
            self._db.execute("insert or replace into answers values (?, ?)", (key, value))

    def close(self) -> None:
        self._db.close()
