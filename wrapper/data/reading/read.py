"""Rows out of users' files: each record becomes a row or a fault, none is lost in silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from wrapper.data.reading.contents import MalformedError, as_text, content_of
from wrapper.data.reading.formats import Items, records_of
from wrapper.data.reading.records import TOO_DEEP, Broken, Found, excerpt_of_record
from wrapper.data.reading.shapes import Shape, detect, explicit
from wrapper.data.rows import Row, make_row
from wrapper.errors import BadInput, Fault

MAX_FAULTS = 100_000  # of one file: past that it is no file of examples, and their reasons would fill the memory
_SHOWN = 10
_LOOKED_AT = 100  # records that decide the shape of a file


@dataclass(frozen=True, kw_only=True)
class ReadResult:
    """What the files held: as many rows and faults together as they have records.

    `formats` pairs each file with the format it was read as, for people; `excerpts` holds for each fault the
    beginning of its record, at most 2,000 characters; `notes` say what was passed over.
    """

    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]
    excerpts: tuple[str, ...] = ()
    formats: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def format(self) -> str:
        """Each format once, in the order of the files."""
        return "; ".join(dict.fromkeys(words for _, words in self.formats))


@dataclass(frozen=True, kw_only=True)
class Fields:
    """The fields that a spec names, None where it leaves them to be found."""

    input: str | None
    output: str | None
    group: str | None
    aliases: str | None

    @property
    def named(self) -> tuple[str, ...]:
        fields = (self.input, self.output, self.group, self.aliases)
        return tuple(field for field in fields if field is not None)

    @property
    def wanted(self) -> tuple[str, ...]:
        """All that has to be read, where the spec says it."""
        return self.named if self.input is not None else ()


def read_rows(
    path: Path,
    *,
    input_field: str | None = None,
    output_field: str | None = None,
    group_field: str | None = None,
    aliases_field: str | None = None,
    name: str = "",
) -> ReadResult:
    """Read one file; `name` is what rows and faults call it.

    Raises BadInput where the file as a whole cannot be read, or not one of its rows.
    """
    name = name or str(path)
    fields = Fields(input=input_field, output=output_field, group=group_field, aliases=aliases_field)
    if (input_field is None) != (output_field is None):
        raise BadInput(
            "`data.input` and `data.output` are given one without the other",
            hint="name both fields, or neither where the shape of the file is a usual one",
        )
    with records_of(path, name, wanted=fields.wanted) as (kind, items):
        first, shape = _opening(items, fields, name)
        reading = _Reading(name, shape, fields)
        reading.take(chain(first, items))
    if not reading.rows:
        raise _nothing_read(name, reading.faults)
    return reading.result(f"{kind}, {shape.name}")


class _Reading:
    """Rows and faults as they come."""

    def __init__(self, name: str, shape: Shape, fields: Fields) -> None:
        self._name = name
        self._shape = shape
        self._fields = fields
        self.rows: list[Row] = []
        self.faults: list[Fault] = []
        self._excerpts: list[str] = []

    def take(self, items: Iterator[Found | Broken]) -> None:
        parse, name = self._shape.parse, self._name
        group_field, aliases_field = self._fields.group, self._fields.aliases
        for item in items:
            if isinstance(item, Broken):
                self._refuse(item)
                continue
            record = item.record
            try:
                messages, answer = parse(record)
                group = "" if group_field is None else _group(record.get(group_field))
                aliases = () if aliases_field is None else _aliases(record.get(aliases_field), aliases_field)
                row = make_row(messages, answer, file=name, line=item.line, group=group, aliases=aliases)
                self.rows.append(row)
            except (MalformedError, RecursionError) as fault:
                reason = TOO_DEEP if isinstance(fault, RecursionError) else str(fault)
                self._refuse(Broken(line=item.line, reason=reason, excerpt=excerpt_of_record(record)))

    def _refuse(self, item: Broken) -> None:
        if len(self.faults) == MAX_FAULTS:
            raise _too_many_faults(self._name, self.faults)
        self.faults.append(_fault(item, self._name))
        self._excerpts.append(item.excerpt)

    def result(self, words: str) -> ReadResult:
        return ReadResult(
            rows=tuple(self.rows),
            faults=tuple(self.faults),
            excerpts=tuple(self._excerpts),
            formats=((self._name, words),),
        )


def _opening(items: Items, fields: Fields, name: str) -> tuple[list[Found | Broken], Shape]:
    """The items up to the hundredth good record, and the shape that these say the file has."""
    first: list[Found | Broken] = []
    good: list[dict[str, Any]] = []
    for item in items:
        first.append(item)
        if isinstance(item, Found):
            good.append(item.record)
        if len(good) == _LOOKED_AT:
            break
        if len(first) - len(good) > MAX_FAULTS:
            raise _too_many_faults(name, _faults(first, name))
    if not first:
        raise BadInput(f"{name} holds no rows", hint="give a file with at least one example")
    if not good:
        raise _nothing_read(name, _faults(first, name))
    _demand_fields(good, fields.named, name)
    if fields.input is not None and fields.output is not None:
        return first, explicit(fields.input, fields.output)
    return first, detect(good, file=name)


def _group(value: object) -> str:
    return "" if value is None else as_text(value)


def _aliases(value: object, name: str) -> tuple[str, ...]:
    """None, one text or a list of texts; a list stands in a table as JSON."""
    if value is None or value == "":
        return ()
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = _listed(value)
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise MalformedError(f"`{name}` is neither a text nor a list of texts")
    return tuple(content_of(one, name) for one in given)


def _listed(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return text


def _demand_fields(good: list[dict[str, Any]], fields: tuple[str, ...], name: str) -> None:
    """A field that no row has is a slip in the spec, not a fault of each row."""
    from difflib import get_close_matches

    for field in fields:
        if not any(field in record for record in good):
            near = get_close_matches(field, list(good[0]), n=1)
            fields_found = ", ".join(list(good[0])[:12])
            hint = f"did you mean `{near[0]}`?" if near else f"its fields are: {fields_found}"
            raise BadInput(f"{name}: no row has the field `{field}`", hint=hint)


def _faults(items: Sequence[Found | Broken], name: str) -> list[Fault]:
    return [_fault(item, name) for item in items if isinstance(item, Broken)]


def _fault(item: Broken, name: str) -> Fault:
    return Fault(kind="malformed", message=item.reason, file=name, line=item.line, column=1)


def _nothing_read(name: str, faults: Sequence[Fault]) -> BadInput:
    hint = "the lines above say why"
    if len(faults) > _SHOWN:
        hint += f"; the first {_SHOWN} of {len(faults)} are shown"
    return BadInput(f"{name}: not one of {len(faults)} rows can be read", hint=hint, faults=faults[:_SHOWN])


def _too_many_faults(name: str, faults: Sequence[Fault]) -> BadInput:
    return BadInput(
        f"{name}: more than {MAX_FAULTS:,} rows cannot be read",
        hint="is it a file of examples? the first reasons stand above",
        faults=faults[:_SHOWN],
    )
