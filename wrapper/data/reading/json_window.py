"""Finds where the items of a JSON array end, without decoding them or holding more than one of them."""

from __future__ import annotations

import re
from io import BufferedReader

from wrapper.data.reading.records import MAX_EXCERPT_CHARACTERS, MAX_ROW_BYTES

_CHUNK_BYTES = 256 * 1024
_BLANK = re.compile(rb"[ \t\r\n]*+")
# Strings, brackets, and at the outermost level commas. A quote alone begins a string that ends beyond the window.
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_INSIDE = re.compile(_STRING + rb'|["{}\[\]]', re.DOTALL)
_OUTSIDE = re.compile(_STRING + rb'|["{}\[\],]', re.DOTALL)
_STRING_PART = re.compile(rb'\\.|"', re.DOTALL)
_NESTED = rb"[{\[](?:[^\"{}\[\]]++|" + _STRING + rb")*+[}\]]"
for _ in range(3):
    _NESTED = rb"[{\[](?:[^\"{}\[\]]++|" + _STRING + rb"|" + _NESTED + rb")*+[}\]]"
_USUAL = re.compile(_NESTED + rb"(?=[ \t\r\n]*+[,}\]])", re.DOTALL)  # a whole item, of at most four levels
_OPENING, _ENDING = b"{[", b"}],"
_MAX_DEPTH = 1000  # brackets that only open are no row, and would be followed to the end of the file
_EXCERPT_BYTES = 4 * MAX_EXCERPT_CHARACTERS


class Window:
    """A stretch of a stream, read from its beginning to its end by taking one thing after another."""

    def __init__(self, stream: BufferedReader) -> None:
        self._stream = stream
        self._data = b""
        self._at = 0
        self._start = 0  # of the item that is being taken
        self._begun: bytes | None = None  # the beginning of that item where it is longer than a row may be

    def next_sign(self) -> bytes:
        """The next byte that is no white space, without taking it; empty at the end of the stream."""
        while True:
            if blank := _BLANK.match(self._data, self._at):
                self._at = blank.end()
            if self._at < len(self._data) or not self._slide(self._at):
                return self._data[self._at : self._at + 1]

    def take(self) -> None:
        """Go past the byte that is next."""
        self._at += 1

    def match(self, pattern: re.Pattern[bytes]) -> bytes | None:
        """Take what a pattern with one group matches here, within the longest row."""
        while (found := pattern.match(self._data, self._at)) is None:
            if len(self._data) - self._at > MAX_ROW_BYTES or not self._slide(self._at):
                return None
        self._at = found.end()
        return found[1]

    def item(self) -> tuple[bytes, bool]:
        """Take an item up to the comma or bracket that ends it, or to the end of the stream.

        Returns its text, and whether that is the whole of it: of one longer than a row may be, it is the beginning.
        Raises RecursionError where it is nested too deeply for its end to be looked for.
        """
        self.next_sign()
        usual = _USUAL.match(self._data, self._at)
        if usual is not None and usual.end() - self._at <= MAX_ROW_BYTES:
            self._at = usual.end()
            return usual[0], True
        return self._followed()

    def _followed(self) -> tuple[bytes, bool]:
        """An item that has to be followed bracket by bracket."""
        self._start, self._begun = self._at, None
        depth = 0
        while sign := self._token(_INSIDE if depth else _OUTSIDE):
            if sign in _OPENING:
                depth += 1
                if depth > _MAX_DEPTH:
                    raise RecursionError
            elif sign in _ENDING:
                if not depth:
                    self._at -= 1
                    break
                depth -= 1
        if self._begun is None and self._at - self._start > MAX_ROW_BYTES:
            self._begin()
        if self._begun is not None:
            return self._begun, False
        return self._data[self._start : self._at].strip(), True

    def _token(self, pattern: re.Pattern[bytes]) -> bytes:
        """Take all up to the end of the next string, bracket or comma; its first byte, empty where there is none."""
        while True:
            token = pattern.search(self._data, self._at)
            if token is not None and (token.end() > token.start() + 1 or token[0] != b'"'):
                self._at = token.end()
                return self._data[token.start() : token.start() + 1]
            self._at = len(self._data) if token is None else token.start()
            if self._begun is None and len(self._data) - self._start > MAX_ROW_BYTES:
                self._begin()
            if self._begun is not None and token is not None:
                self._skip_string()
            elif not self._slide(self._start if self._begun is None else self._at):
                self._at = len(self._data)
                return b""

    def _begin(self) -> None:
        self._begun = self._data[self._start : self._start + _EXCERPT_BYTES]

    def _skip_string(self) -> None:
        """Drop a string up to its end, or to the end of the stream."""
        self._at += 1
        while True:
            for part in _STRING_PART.finditer(self._data, self._at):
                self._at = part.end()
                if not part[0].startswith(b"\\"):
                    return
            is_escaping = self._at < len(self._data) and self._data.endswith(b"\\")
            self._at = len(self._data) - is_escaping
            if not self._slide(self._at):
                self._at = len(self._data)
                return

    def _slide(self, keep_from: int) -> bool:
        """Read on, dropping what lies before `keep_from`; False at the end of the stream."""
        chunk = self._stream.read(_CHUNK_BYTES)
        if not chunk:
            return False
        self._data = self._data[keep_from:] + chunk
        self._at -= keep_from
        self._start = max(0, self._start - keep_from)
        return True
