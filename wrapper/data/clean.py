"""Rows mended where that is safe and dropped by named rules only; each dropped row is kept with its reason."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from wrapper.data.groups import components
from wrapper.data.normalise import compact
from wrapper.data.quality.answers import find_low_value, habits_of
from wrapper.data.quality.findings import Finding, finding, place
from wrapper.data.quality.repeats import Repeats, find_repeats
from wrapper.data.rows import SPLITS, Message, Row, make_row

Policy = Literal["keep-first", "majority", "drop-all", "keep-all", "ask"]
Ask = Callable[[str, Sequence[Row]], Collection[int]]  # a rule and the rows in question: the places of those to keep
Splits = dict[str, list[Row]]
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\u00ad]")  # zero-width space, word joiner, byte order mark, soft hyphen
_MOST_PASSES = 20


@dataclass(frozen=True, kw_only=True)
class Policies:
    """What is done with rows that contradict each other, with near duplicates, and by which other rules rows drop.

    `ask` is called where a policy is `ask`.
    """

    contradictions: Policy = "majority"
    near_duplicates: Policy = "keep-first"
    drop: frozenset[str] = frozenset()
    ask: Ask | None = None


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """A row that was left out, and the finding that says why."""

    finding: Finding
    row: Row


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """Rows by split in their order, what was dropped of them, and how often each mending was done.

    The rows and the dropped ones together are the rows that came in. `mended` lists them by place.
    """

    rows: dict[str, tuple[Row, ...]]
    dropped: tuple[Dropped, ...]
    fixes: dict[str, int]
    mended: tuple[Finding, ...]


def clean(splits: Mapping[str, Sequence[Row]], policies: Policies, named: Sequence[Finding] = ()) -> Cleaned:
    """Mend, then drop until nothing is left to drop: a second cleaning finds nothing.

    `named` are findings of other rules by which rows may be dropped, such as secrets; the rule has to be in
    `policies.drop`. Test rows are dropped for exact repetition only: what leaks of them is dropped from train.
    """
    fixes: Counter[str] = Counter()
    mended: list[Finding] = []
    rows: Splits = {name: [_mend(row, fixes, mended) for row in splits[name]] for name in SPLITS if name in splits}
    dropped: list[Dropped] = []
    _drop(rows, dropped, [found for found in named if found.rule in policies.drop])
    if "low_value" in policies.drop:
        habits = habits_of(rows.get("train", ()))
        _drop(rows, dropped, [found for name in rows for found in find_low_value(rows[name], habits)])
    for _ in range(_MOST_PASSES):
        if not _pass(rows, dropped, policies):
            break
    return Cleaned(
        rows={name: tuple(kept) for name, kept in rows.items()},
        dropped=tuple(dropped),
        fixes=dict(fixes),
        mended=tuple(mended),
    )


def _pass(rows: Splits, dropped: list[Dropped], policies: Policies) -> bool:
    """One round of the rules that hold rows against each other; True where it dropped any."""
    before = len(dropped)
    repeats = find_repeats(rows)
    flat = [row for name in SPLITS for row in rows.get(name, ())]
    gone = [
        *(found for found in repeats.findings if found.rule == "exact_duplicate"),
        *_leaked(flat, repeats),
        *_contradicting(flat, repeats, policies),
        *_near(flat, repeats, policies),
    ]
    _drop(rows, dropped, gone)
    return len(dropped) > before


def _drop(rows: Splits, dropped: list[Dropped], findings: Iterable[Finding]) -> None:
    """Move each row with a finding from `rows` to `dropped`, under its first finding."""
    first: dict[tuple[str, int], Finding] = {}
    for found in findings:
        first.setdefault((found.file, found.line), found)
    for name, kept in rows.items():
        dropped += [
            Dropped(finding=first[row.file, row.line], row=row) for row in kept if (row.file, row.line) in first
        ]
        rows[name] = [row for row in kept if (row.file, row.line) not in first]


def _leaked(flat: Sequence[Row], repeats: Repeats) -> Iterable[Finding]:
    for earlier, held_out in repeats.leaks:
        row, twin = flat[earlier], flat[held_out]
        yield finding("leakage", row, f"its input is held out: {place(twin)}", related=[twin])


def _contradicting(flat: Sequence[Row], repeats: Repeats, policies: Policies) -> Iterable[Finding]:
    """Rows of each disputed input that the policy does not keep."""
    if policies.contradictions == "keep-all":
        return
    for group in _components(len(flat), repeats.contradicting, repeats.duplicates):
        kept = _kept_of_dispute([flat[index] for index in group], policies)
        keeper = next((flat[index] for number, index in enumerate(group) if number in kept), None)
        for number, index in enumerate(group):
            if number not in kept:
                against = keeper or flat[group[0] if index != group[0] else group[1]]
                detail = f"its answer disagrees with {place(against)} ({policies.contradictions})"
                yield finding("contradiction", flat[index], detail, related=[against])


def _kept_of_dispute(rows: Sequence[Row], policies: Policies) -> Collection[int]:
    if policies.contradictions == "ask":
        assert policies.ask is not None
        return policies.ask("contradiction", rows)
    if policies.contradictions == "drop-all":
        return ()
    answers = [compact(row.answer) for row in rows]
    if policies.contradictions == "keep-first":
        return [number for number, answer in enumerate(answers) if answer == answers[0]]
    votes = Counter(answers).most_common(2)
    if len(votes) > 1 and votes[0][1] == votes[1][1]:
        return ()  # a tie has no majority
    return [number for number, answer in enumerate(answers) if answer == votes[0][0]]


def _near(flat: Sequence[Row], repeats: Repeats, policies: Policies) -> Iterable[Finding]:
    """Near duplicates that the policy does not keep; what disputes anything is left to that rule."""
    if policies.near_duplicates == "keep-all":
        return
    disputed = {index for pair in repeats.contradicting for index in pair}
    pairs = [pair for pair in repeats.duplicates if not disputed & set(pair)]
    if policies.near_duplicates in ("ask", "drop-all"):
        yield from _near_groups(flat, pairs, policies)
        return
    earlier_of: dict[int, list[int]] = defaultdict(list)
    for earlier, later in pairs:
        earlier_of[later].append(earlier)
    gone: set[int] = set()
    for later in sorted(earlier_of):
        if held := [earlier for earlier in earlier_of[later] if earlier not in gone]:
            gone.add(later)
            first = flat[held[0]]
            yield finding("near_duplicate", flat[later], f"nearly the same as {place(first)}", related=[first])


def _near_groups(flat: Sequence[Row], pairs: Sequence[tuple[int, int]], policies: Policies) -> Iterable[Finding]:
    for group in _components(len(flat), pairs):
        rows = [flat[index] for index in group]
        kept = policies.ask("near_duplicate", rows) if policies.ask and policies.near_duplicates == "ask" else ()
        for number, row in enumerate(rows):
            if number not in kept:
                twin = rows[0] if number else rows[1]
                yield finding("near_duplicate", row, f"nearly the same as {place(twin)}", related=[twin])


def _components(
    count: int, pairs: Sequence[tuple[int, int]], more: Sequence[tuple[int, int]] = ()
) -> list[list[int]]:
    """Groups of places that the pairs join; `more` pairs widen such groups, and make none of their own."""
    groups: dict[int, list[int]] = defaultdict(list)
    for index, number in enumerate(components(count, [*pairs, *more])):
        groups[number].append(index)
    in_question = {index for pair in pairs for index in pair}
    return [group for group in groups.values() if in_question & set(group)]


def _mend(row: Row, fixes: Counter[str], mended: list[Finding]) -> Row:
    """Line ends as \\n, no invisible characters, Unicode composed, no white space around a turn."""
    turns = tuple(Message(role=turn.role, content=_mended(turn.content, fixes)) for turn in row.messages)
    answer = _mended(row.answer, fixes)
    if turns == row.messages and answer == row.answer:
        return row
    detail = "white space or Unicode"
    mended.append(Finding(rule="mended", severity="info", file=row.file, line=row.line, detail=detail))
    return make_row(turns, answer, file=row.file, line=row.line, group=row.group, aliases=row.aliases)


def _mended(text: str, fixes: Counter[str]) -> str:
    """A text without what no reader sees; one that would be empty then stays as it is."""
    for name, mend in _MENDINGS.items():
        better = mend(text)
        if better != text and better.strip():
            fixes[name] += 1
            text = better
    return text


_MENDINGS: dict[str, Callable[[str], str]] = {
    "line ends": lambda text: text.replace("\r\n", "\n").replace("\r", "\n"),
    "invisible characters": lambda text: text if text.isascii() else _INVISIBLE.sub("", text),
    "Unicode composed": lambda text: text if text.isascii() else unicodedata.normalize("NFC", text),
    "white space around": str.strip,
}
