"""Labels: which one of a known set a response names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wrapper.errors import BadInput
from wrapper.evaluation.graders.protocol import right, ungradable, wrong
from wrapper.evaluation.graders.text import lenient, without_thinking
from wrapper.evaluation.scores import Grade

_JOINTS = re.compile(r"(?<=[^\W_])(?:[_-]+|\s+)(?=[^\W_])")
_FIRST_CJK = 0x2E80  # from here on scripts are written without spaces, so words have no edge to look for


def _key(text: str) -> str:
    """`Card_Arrival`, `card-arrival` and `card arrival.` are one label; `-1` stays apart from `1`."""
    return _JOINTS.sub(" ", lenient(text))


def _pattern(key: str) -> re.Pattern[str]:
    before = r"(?<![^\W_])" if key[0].isalnum() and ord(key[0]) < _FIRST_CJK else ""
    after = r"(?![^\W_])" if key[-1].isalnum() and ord(key[-1]) < _FIRST_CJK else ""
    return re.compile(before + re.escape(key) + after)


@dataclass(frozen=True, kw_only=True)
class LabelMatch:
    """The label that the response is, or else the single one that it names."""

    labels: Mapping[str, str]  # key: label as the user writes it
    patterns: Sequence[tuple[str, re.Pattern[str]]]
    name: str = "label"
    binary: bool = True

    def grade(self, response: str, gold: str) -> Grade:
        expected = self.labels.get(_key(gold))
        if expected is None:
            return ungradable(f"gold answer `{gold}` is not in the label set")
        named = self.named(response)
        if len(named) > 1:
            return wrong(", ".join(named), f"names {len(named)} labels")
        if not named:
            return wrong("", "names no label")
        if named[0] != expected:
            return wrong(named[0], f"another label than `{expected}`")
        return right(expected)

    def named(self, response: str) -> list[str]:
        """The labels in a response, in the order of the label set; a longer match hides what it overlaps."""
        text = _key(without_thinking(response))
        if text in self.labels:
            return [self.labels[text]]
        kept: list[tuple[int, int, str]] = []
        for key, pattern in self.patterns:  # longest first
            for match in pattern.finditer(text):
                start, end = match.span()
                if all(end <= begin or start >= stop for begin, stop, _ in kept):
                    kept.append((start, end, key))
        found = {key for _, _, key in kept}
        return [label for key, label in self.labels.items() if key in found]


def label_match(labels: Sequence[str]) -> LabelMatch:
    """Raises BadInput for an empty set and for labels that only differ in case or joints."""
    if not labels:
        raise BadInput(
            "metric `label` has no label set",
            hint="list the labels under `task.labels`, or give training rows",
        )
    known: dict[str, str] = {}
    for label in labels:
        key = _key(label)
        if not key:
            raise BadInput("a label is empty", hint="remove it from `task.labels` and the data")
        if known.setdefault(key, label) != label:
            raise BadInput(
                f"labels `{known[key]}` and `{label}` cannot be told apart in a response",
                hint="rename one: case, spaces, hyphens and underscores make no difference",
            )
    longest_first = sorted(known, key=len, reverse=True)
    return LabelMatch(labels=known, patterns=[(key, _pattern(key)) for key in longest_first])
