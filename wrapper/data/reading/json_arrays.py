"""Records out of one JSON array, read through a window that slides: memory is bounded whatever the file's size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BufferedReader

from wrapper.data.reading.json_lines import BOM
from wrapper.data.reading.json_text import record_of
from wrapper.data.reading.json_window import Window
from wrapper.data.reading.records import TOO_LONG, Broken, Found, excerpt_of
from wrapper.errors import BadInput

_KEY = re.compile(rb'("(?:[^"\\]++|\\.)*+")\s*+:', re.DOTALL)


def read(stream: BufferedReader, name: str) -> Iterator[Found | Broken]:
    """The rows of `[...]`, or of the one array in an object such as `{"version": 1, "data": [...]}`."""
    if stream.peek().startswith(BOM):
        stream.read(len(BOM))
    window = Window(stream)
    sign = window.next_sign()
    if not sign:
        raise BadInput(f"{name} is empty", hint="give a file with at least one example")
    if sign not in (b"[", b"{"):
        raise _no_array(name, f"it begins with `{sign.decode('utf-8', 'replace')}`")
    try:
        yield from _rows(window, name) if sign == b"[" else _wrapped_rows(window, name)
    except RecursionError:
        raise BadInput(f"{name} is nested too deeply", hint="give an array of flat examples") from None
    if window.next_sign():
        raise _no_array(name, "more text stands behind its end")


def _rows(window: Window, name: str) -> Iterator[Found | Broken]:
    """The items from `[` to its `]`; what stands between two commas is an item, whatever it is."""
    window.take()
    number = 0
    if window.next_sign() == b"]":
        window.take()
        return
    while True:
        number += 1
        text, is_whole = window.item()
        sign = window.next_sign()
        if sign not in (b",", b"]"):
            raise _no_array(name, f"row {number} begins, and nothing ends it")
        if is_whole:
            yield record_of(text, number)
        else:
            yield Broken(line=number, reason=TOO_LONG, excerpt=excerpt_of(text))
        window.take()
        if sign == b"]":
            return


def _wrapped_rows(window: Window, name: str) -> Iterator[Found | Broken]:
    """The rows of the only array among an object's members."""
    arrays: list[str] = []
    window.take()
    while (sign := window.next_sign()) != b"}":
        if sign == b",":
            window.take()
            continue
        key = window.match(_KEY)
        if key is None:
            raise _no_array(name, "it is an object whose end is missing or broken")
        is_array = window.next_sign() == b"["
        if is_array:
            arrays.append(key[1:-1].decode("utf-8", "replace"))
        if is_array and len(arrays) == 1:
            yield from _rows(window, name)
        else:
            window.item()
    window.take()
    if len(arrays) != 1:
        found = ", ".join(f"`{key}`" for key in arrays) or "none"
        raise BadInput(
            f"{name} is an object with {len(arrays)} arrays ({found}), not one that holds the rows",
            hint="write the rows as one array, or one object a line in a .jsonl file",
        )


def _no_array(name: str, reason: str) -> BadInput:
    return BadInput(
        f"{name} is not a JSON array of rows: {reason}",
        hint="write `[{...}, {...}]`, or one object a line in a .jsonl file",
    )
