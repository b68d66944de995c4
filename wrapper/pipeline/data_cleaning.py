"""Cleaning for `thriftune data clean`: read, clean, and write the rows and what was dropped of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from wrapper.data.clean import Cleaned, Policies, clean
from wrapper.data.prepare import read_splits
from wrapper.data.quality.findings import Finding, malformed
from wrapper.data.quality.lengths import find_long
from wrapper.data.reading import ReadResult
from wrapper.data.row_lengths import row_lengths
from wrapper.data.rows import Row
from wrapper.data.tokens import Tokens
from wrapper.data.writing import chat_lines, chat_turns, demand_folder, write_folder
from wrapper.errors import EnvironmentFault, UsageFault
from wrapper.models import find_model
from wrapper.pipeline.data_audit import Request, second_pass
from wrapper.plan.dimensions import Dimensions

_OWN_FILES = ("train.jsonl", "validation.jsonl", "test.jsonl", "dropped.jsonl", "clean.json")
_SECOND_PASS = frozenset(("secret", "personal_data", "language"))


class CleanReport(Struct, frozen=True, kw_only=True):
    """What a cleaning did: each row in is a row out or a dropped one, counted by split and by rule."""

    version: int = 1
    rows_in: dict[str, int]
    rows_out: dict[str, int]
    dropped: dict[str, int]
    fixes: dict[str, int]
    mended: tuple[Finding, ...]
    files: tuple[str, ...]


class DroppedRow(Struct, frozen=True, kw_only=True):
    """A line of dropped.jsonl: why, from where, and the row; `text` holds the beginning of one that cannot be read."""

    rule: str
    detail: str
    file: str
    line: int
    related: tuple[str, ...] = ()
    messages: tuple[dict[str, str], ...] = ()
    text: str = ""


def clean_data(request: Request, policies: Policies, folder: Path, *, force: bool) -> CleanReport:
    """Raises UsageFault where `folder` holds what this would write over, and `force` is not given."""
    demand_folder(folder)
    there = [name for name in _OWN_FILES if (folder / name).exists()]
    if there and not force:
        raise UsageFault(
            f"{folder} holds {', '.join(there)} already", hint="write into another folder, or over them with `--force`"
        )
    results = read_splits(request.data, request.folder)
    _keep_originals(request, results, folder)
    rows = {name: result.rows for name, result in results.items()}
    cleaned = clean(rows, policies, list(_named(request, policies, rows)))
    dropped = [*_unreadable(results.values()), *_dropped(cleaned)]
    report = CleanReport(
        rows_in={name: len(result.rows) + len(result.faults) for name, result in results.items()},
        rows_out={name: len(kept) for name, kept in cleaned.rows.items()},
        dropped=dict(Counter(row.rule for row in dropped).most_common()),
        fixes=cleaned.fixes,
        mended=cleaned.mended,
        files=tuple(str(folder / name) for name in (*(f"{name}.jsonl" for name in cleaned.rows), *_OWN_FILES[-2:])),
    )
    write_folder(
        folder,
        {f"{name}.jsonl": chat_lines(kept) for name, kept in cleaned.rows.items()}
        | {"dropped.jsonl": b"".join(msgspec.json.encode(row) + b"\n" for row in dropped)}
        | {"clean.json": msgspec.json.format(msgspec.json.encode(report), indent=2)},
    )
    return report


def _keep_originals(request: Request, results: dict[str, ReadResult], folder: Path) -> None:
    written = {(folder / name).resolve() for name in _OWN_FILES}
    for result in results.values():
        for file, _ in result.formats:
            if (request.folder / file).resolve() in written:
                raise UsageFault(f"this would write over {file}", hint="write into another folder with `-o`")


def _named(request: Request, policies: Policies, rows: dict[str, tuple[Row, ...]]) -> Iterable[Finding]:
    """Findings of the rules that `--drop` names and that the cleaner does not find by itself."""
    train = {name: kept for name, kept in rows.items() if name != "test"}
    if policies.drop & _SECOND_PASS:
        yield from second_pass(train)
    if "too_long" in policies.drop:
        model = find_model(request.model, request.folder) if request.model else None
        if model is None:
            raise EnvironmentFault("`--drop too_long` needs the model's tokenizer", hint="name a model with `--model`")
        tokens, cap = Tokens.load(model.path), Dimensions.from_config(model.config).max_positions
        for kept in train.values():
            counts = row_lengths(tokens, kept, request.system_prompt)
            yield from (found for found in find_long(kept, counts, max(counts), cap) if found.rule == "too_long")


def _unreadable(results: Iterable[ReadResult]) -> Iterable[DroppedRow]:
    for result in results:
        for found, text in zip(malformed(result.faults), result.excerpts, strict=True):
            yield DroppedRow(rule=found.rule, detail=found.detail, file=found.file, line=found.line, text=text)


def _dropped(cleaned: Cleaned) -> Iterable[DroppedRow]:
    for one in cleaned.dropped:
        found = one.finding
        yield DroppedRow(
            rule=found.rule,
            detail=found.detail,
            file=found.file,
            line=found.line,
            related=tuple(map(str, found.related)),
            messages=tuple(chat_turns(one.row)),
        )
