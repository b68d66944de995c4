"""What a row holds that a model should not learn: told by kind and place, its value masked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from wrapper.data.quality.findings import Finding, Severity, finding
from wrapper.data.rows import Row

Search = Callable[[str], Iterable[tuple[str, str]]]  # a text to the kinds and values in it: ("an IBAN", "DE02...")
Seen = list[tuple[int, str]]  # the number of the text in the row, from 0, and the value
_SHOWN_CHARACTERS = 4
_WINDOW, _OVERLAP = 4000, 500  # characters


def find_sightings(
    rule: str, rows: Sequence[Row], search: Search, severities: dict[str, Severity] | None = None
) -> list[Finding]:
    """In the order of the rows, one finding a row and kind; `severities` are those of kinds that differ."""
    found = []
    for row in rows:
        for kind, seen in _seen(row, search).items():
            detail = f"{_counted(kind, seen)} in {_places(row, seen)}"
            severity = (severities or {}).get(kind)
            found.append(finding(rule, row, detail, example=masked(seen[0][1]), severity=severity))
    return found


def masked(value: str) -> str:
    """At most the first 4 characters, and no more than a quarter, with the length."""
    shown = value[: min(_SHOWN_CHARACTERS, len(value) // 4)]
    return f"`{shown}...` ({len(value)} characters)"


def _seen(row: Row, search: Search) -> dict[str, Seen]:
    seen: dict[str, Seen] = {}
    for number, text in enumerate([*(turn.content for turn in row.messages), row.answer]):
        for window in _windows(text):
            for kind, value in search(window):
                seen.setdefault(kind, []).append((number, value))
    return seen


def _windows(text: str) -> Iterable[str]:
    """A long text in pieces that overlap: some patterns of libraries take time by the square of the length."""
    if len(text) <= _WINDOW:
        return (text,)
    return (text[start : start + _WINDOW] for start in range(0, len(text) - _OVERLAP, _WINDOW - _OVERLAP))


def _counted(kind: str, seen: Seen) -> str:
    count = len({value for _, value in seen})
    if count == 1:
        return kind
    name = kind.partition(" ")[2]
    return f"{count} {name}es" if name.endswith("s") else f"{count} {name}s"


def _places(row: Row, seen: Seen) -> str:
    """Such as `turn 1 and the answer`."""
    names = [_place(row, number) for number in sorted({number for number, _ in seen})]
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]


def _place(row: Row, number: int) -> str:
    if number == len(row.messages):
        return "the answer"
    return "the system prompt" if row.messages[number].role == "system" else f"turn {number + 1}"
