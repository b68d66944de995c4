"""Which rows were held out before, by the digest of their content: a later split leaves them where they are."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from wrapper.data.prepared import Prepared
from wrapper.data.split import NOT_FROZEN, Frozen
from wrapper.errors import BadInput


class HeldOut(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rows that are held out, and the seed and digest of the split that drew them."""

    version: int = 1
    seed: int
    digest: str
    test: tuple[str, ...]
    validation: tuple[str, ...]

    @property
    def frozen(self) -> Frozen:
        return Frozen(test=frozenset(self.test), validation=frozenset(self.validation))


def held_out(seed: int, prepared: Prepared, before: Frozen) -> HeldOut:
    """What a split held out, and what was held out `before` and is not among its rows: it may come back."""
    test = [row.row_id for row in prepared.test]
    validation = [row.row_id for row in prepared.validation]
    known = {*test, *validation, *(row.row_id for row in prepared.train)}
    return HeldOut(
        seed=seed,
        digest=prepared.digest,
        test=(*test, *sorted(before.test - known)),
        validation=(*validation, *sorted(before.validation - known)),
    )


def as_file(record: HeldOut) -> bytes:
    return msgspec.json.format(msgspec.json.encode(record), indent=2)


def read_held_out(file: Path) -> HeldOut | None:
    """None where no split was made; raises BadInput for a file that is broken."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=HeldOut)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as fault:
        raise BadInput(
            f"{file} cannot be read: {fault}",
            hint="it says which rows are held out: restore it, or remove it for a fresh split",
        ) from None


def frozen_in(file: Path) -> Frozen:
    record = read_held_out(file)
    return record.frozen if record else NOT_FROZEN
