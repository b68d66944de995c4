"""A user's file as a stream of bytes, plain or gzip, once it is seen to be a plain file that can be read."""

from __future__ import annotations

import gzip
import io
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from wrapper.data.reading.records import MAX_ROW_BYTES
from wrapper.errors import BadInput

MAX_UNPACKED_RATIO = 200  # text packs ten-fold, text that repeats itself a hundred-fold; a bomb a thousand-fold
ANY_UNPACKED_BYTES = 64 * 1024 * 1024  # so much may come out of however small a file
_GZIP = b"\x1f\x8b"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BUFFER_BYTES = MAX_ROW_BYTES + 64 * 1024  # a peek shows the whole of a first row


@contextmanager
def opened(path: Path, name: str, *, packed: bool = False, is_text: bool = True) -> Iterator[io.BufferedReader]:
    """The file's bytes, unpacked; raises BadInput, while it is read too, for all that can be wrong with it."""
    try:
        _demand_plain_file(path, name)
        with _buffered(io.FileIO(path)) as file:
            _demand_packing(file.peek(), name, packed)
            unpacked = Unpacked(file, name, packed_bytes=path.stat().st_size) if packed else None
            stream = file if unpacked is None else _buffered(unpacked)
            if is_text:
                _demand_text(stream.peek(), name)
            yield stream
    except OSError as failure:
        hint = "check the file's permissions and its disk"
        raise BadInput(f"{name} cannot be read: {failure.strerror or failure}", hint=hint) from None


class Unpacked(io.RawIOBase):
    """What a gzip file holds, as far as it stays within bounds."""

    def __init__(self, packed: BinaryIO, name: str, *, packed_bytes: int) -> None:
        self._stream = gzip.GzipFile(fileobj=packed)
        self._name = name
        self._left = allowed_bytes(packed_bytes)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            count = self._stream.readinto(buffer)
        except EOFError:
            hint = "fetch or pack it again: a copy was cut short"
            raise BadInput(f"{self._name} is cut off: its gzip data has no end", hint=hint) from None
        except (gzip.BadGzipFile, zlib.error) as failure:
            hint = "fetch or pack it again"
            raise BadInput(f"{self._name} is damaged: {str(failure).lower()}", hint=hint) from None
        self._left -= count
        if self._left < 0:
            raise bomb(self._name)
        return count


def _buffered(raw: io.RawIOBase) -> io.BufferedReader:
    return io.BufferedReader(raw, _BUFFER_BYTES)


def allowed_bytes(packed_bytes: int) -> int:
    """The most bytes that may come out of a packed file."""
    return max(ANY_UNPACKED_BYTES, MAX_UNPACKED_RATIO * packed_bytes)


def bomb(name: str) -> BadInput:
    return BadInput(
        f"{name} unpacks to more than {MAX_UNPACKED_RATIO} times its size",
        hint="rows do not pack that well: look at what it holds before anything reads it",
    )


def _demand_plain_file(path: Path, name: str) -> None:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a NUL in the name
        hint = "paths in `data` are relative to the spec's folder"
        raise BadInput(f"{name} does not exist", hint=hint) from None
    if stat.S_ISDIR(status.st_mode):
        raise BadInput(f"{name} is a folder", hint="name one file in it")
    if not stat.S_ISREG(status.st_mode):
        raise BadInput(f"{name} is not a plain file", hint="write the rows to a file first")
    if not status.st_size:
        raise _empty(name)


def _demand_packing(head: bytes, name: str, packed: bool) -> None:
    if packed and not head.startswith(_GZIP):
        raise BadInput(f"{name} is not gzip, though its name says so", hint="name it by what it holds")
    if not packed and head.startswith(_GZIP):
        raise BadInput(f"{name} is packed with gzip", hint="let its name end in `.gz`")


def _demand_text(head: bytes, name: str) -> None:
    if not head:
        raise _empty(name)
    start = head[:4096]
    if start.startswith(_UTF_16) or start.count(0) > len(start) // 4:
        raise BadInput(f"{name} is UTF-16 or binary, not UTF-8", hint="save it again as UTF-8 text")


def _empty(name: str) -> BadInput:
    return BadInput(f"{name} is empty", hint="give a file with at least one example")
