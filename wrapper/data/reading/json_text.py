"""One record as JSON text, read strictly: what is no object, or says a key twice, is broken."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from wrapper.data.reading.records import TOO_DEEP, Broken, Found, excerpt_of

MAX_DEPTH = 200
_SPACED_COLON = re.compile(rb'"\s+:')
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"(\s*+:)?', re.DOTALL)
_TYPES = {"list": "array", "str": "text", "int": "number", "float": "number", "bool": "truth value", "NoneType": "null"}
_decode = msgspec.json.Decoder().decode


def record_of(text: bytes, line: int) -> Found | Broken:
    """The record that a text holds."""
    try:
        record = _decode(text)
        if type(record) is not dict:
            said = _TYPES[type(record).__name__]
            reason = f"a JSON {said}, not an object"
        elif repeated := repeated_key(text, record):
            reason = f"the key `{repeated}` stands twice in one object"
        else:
            return Found(line=line, record=record)
    except RecursionError:
        reason = TOO_DEEP
    except UnicodeDecodeError:
        reason = "not UTF-8"
    except msgspec.DecodeError as fault:
        reason = "bad JSON: " + str(fault).removeprefix("JSON is malformed: ")
    return Broken(line=line, reason=reason, excerpt=excerpt_of(text))


def repeated_key(text: bytes, record: dict[str, Any]) -> str:
    """The first key that an object has twice, which decoders pass over.

    The first two counts can only be too high, so that agreeing with the keys that are there clears the text;
    the third is exact, and leaves the slow search to texts that do repeat a key.
    """
    keys = _count_keys(record, MAX_DEPTH)
    if text.count(b":") == keys or (text.count(b'":') == keys and not _SPACED_COLON.search(text)):
        return ""
    if sum(map(bool, _STRING.findall(text))) == keys:
        return ""
    repeated: list[str] = []

    def collect(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                repeated.append(key)
            seen.add(key)

    json.loads(text, object_pairs_hook=collect)
    return repeated[0] if repeated else ""


def _count_keys(value: dict[str, Any] | list[Any], levels_left: int) -> int:
    """The keys of all objects in a value; RecursionError past a depth that does not hang on who is calling."""
    if not levels_left:
        raise RecursionError
    if type(value) is dict:
        count, parts = len(value), value.values()
    else:
        count, parts = 0, value  # type: ignore[assignment]
    for part in parts:
        if type(part) is dict or type(part) is list:
            count += _count_keys(part, levels_left - 1)
    return count
