"""How well an audit's findings agree with the truth about planted faults."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

from planted_truth import RULES, TEST, TRAIN, Fault, Place, Planted


@dataclass(frozen=True, kw_only=True)
class Score:
    """Counts of one rule; scores of several files add up.

    `source_alarms` are those of the false alarms that the source has as it is: nobody planted them, and they may
    be right.
    """

    hits: int = 0
    misses: int = 0
    false_alarms: int = 0
    source_alarms: int = 0
    partners_named: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(**{name: value + getattr(other, name) for name, value in vars(self).items()})

    @property
    def f1(self) -> float | None:
        """None where there was nothing to find and nothing was found."""
        wrong = self.misses + self.false_alarms
        return 2 * self.hits / (2 * self.hits + wrong) if self.hits or wrong else None

    def figures(self) -> dict[str, float | int | None]:
        def share(whole: int) -> float | None:
            return round(self.hits / whole, 4) if whole else None

        return {
            "planted": self.hits + self.misses,
            "found": self.hits + self.false_alarms,
            "precision": share(self.hits + self.false_alarms),
            "recall": share(self.hits + self.misses),
            "f1": None if self.f1 is None else round(self.f1, 4),
            "false_alarms": self.false_alarms,
            "of_these_in_the_source": self.source_alarms,
            "partners_named": self.partners_named,
        }


def score(
    planted: Planted, findings: Iterable[Mapping[str, Any]], in_source: Set[bytes] = frozenset()
) -> dict[str, Score]:
    """Each rule against its own faults; edited words of short texts count neither for a rule nor against it.

    `in_source` are the lines of rows on which the source as it is has findings, or that these are held against.
    """
    named = places_named(findings)
    lines = {file: (planted.folder / file).read_bytes().split(b"\n") for file in (TRAIN, TEST)}
    scores = {}
    for rule in RULES:
        passed_over = {fault.place for fault in planted.faults if fault.rule == rule and not fault.counted}
        truth, found = planted.places(rule), named[rule].keys() - passed_over
        paired = [fault for fault in planted.faults if fault.rule == rule and fault.place in truth & found]
        scores[rule] = Score(
            hits=len(truth & found),
            misses=len(truth - found),
            false_alarms=len(found - truth),
            source_alarms=sum(lines[file][line - 1] in in_source for file, line in found - truth),
            partners_named=sum(fault.partner in named[rule][fault.place] for fault in paired),
        )
    return scores


def places_named(findings: Iterable[Mapping[str, Any]]) -> dict[str, dict[Place, set[Place]]]:
    """By rule the rows that are named, each with its related rows; findings about a whole file are left out."""
    named: dict[str, dict[Place, set[Place]]] = defaultdict(dict)
    for finding in findings:
        if finding["line"]:
            related = {(other["file"], other["line"]) for other in finding.get("related", ())}
            named[finding["rule"]].setdefault((finding["file"], finding["line"]), set()).update(related)
    return named


def recall_by(
    planted: Planted, findings: Iterable[Mapping[str, Any]], key: Callable[[Fault], str]
) -> dict[str, Counter[str]]:
    """`planted` and `found` of each group of faults; a fault counts as found by its own rule only."""
    named = places_named(findings)
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for fault in planted.faults:
        groups[key(fault)].update(planted=1, found=int(fault.place in named[fault.rule]))
    return dict(groups)


def by_length(fault: Fault) -> str:
    """The group of a near duplicate or near leak: its rule, its words in steps, its edits."""
    steps = ((5, 9), (10, 14), (15, 19), (20, 29), (30, 49))
    size = next((f"{low} to {high}" for low, high in steps if low <= fault.words <= high), "")
    return f"{fault.rule}, {size or ('50 and more' if fault.words >= 50 else 'under 5')} words, {fault.edits} edits"
