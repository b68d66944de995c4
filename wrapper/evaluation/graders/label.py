"""Labels: which one of a known set a response names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from wrapper.errors import BadInput
from wrapper.evaluation.graders.grade import Grade
from wrapper.evaluation.graders.mentions import is_answer, is_denied, is_everyday
from wrapper.evaluation.graders.protocol import right, ungradable, wrong
from wrapper.evaluation.graders.text import as_words, lenient, unfenced, without_thinking

_JOINTS = re.compile(r"(?<=[^\W_])(?:[_-]+|\s+)(?=[^\W_])")

_SHOWN = 12


def label_key(text: str) -> str:
    """`Card_Arrival`, `card-arrival` and `card arrival.` are one label; `-1` stays apart from `1`."""
    return _JOINTS.sub(" ", lenient(text))


@dataclass(frozen=True, kw_only=True)
class LabelMatch:
    """The label that the response is, or else the single one that it names."""

    labels: Mapping[str, str]  # key of a label or of another name of it: label as the user writes it
    patterns: Sequence[tuple[str, re.Pattern[str]]]
    name: str = "label"
    binary: bool = True

    def grade(self, response: str, gold: str) -> Grade:
        expected = self.labels.get(label_key(gold))
        if expected is None:
            return ungradable(f"gold answer `{gold}` is not in the label set")
        named = self.named(response)
        counts = {"named": len(named)}
        if named == [expected]:
            return replace(right(expected), counts=counts)
        told = f"another label than `{expected}`"
        if len(named) != 1:
            told = f"names {len(named)} labels" if named else "names no label"
        return replace(wrong(", ".join(named), told), counts=counts)

    def named(self, response: str) -> list[str]:
        """The labels in a response, in the order of the label set; a longer match hides what it overlaps.

        A label that is denied (`not spam`) is not named, nor is an everyday word (`no`) within a sentence.
        """
        bare = without_thinking(response)
        whole = self.labels.get(label_key(bare))
        if whole is not None:
            return [whole]
        text = "\n".join(filter(None, map(label_key, unfenced(bare).splitlines())))
        if text in self.labels:
            return [self.labels[text]]
        taken, found = bytearray(len(text)), set()
        for key, pattern in self.patterns:  # longest first, so what overlaps a match covers one of its ends
            for match in pattern.finditer(text):
                start, end = match.span()
                if not taken[start] and not taken[end - 1]:
                    taken[start:end] = b"\1" * (end - start)
                    if _is_given(text, key, start, end):
                        found.add(key)
        return list(dict.fromkeys(label for key, label in self.labels.items() if key in found))


def _is_given(text: str, key: str, start: int, end: int) -> bool:
    if is_denied(text, start):
        return False
    return not is_everyday(key) or is_answer(text, start, end)


def label_match(labels: Sequence[str], aliases: Mapping[str, Sequence[str]] | None = None) -> LabelMatch:
    """`aliases` are other names of a label.

    Raises BadInput for an empty set, for labels that only differ in case or joints, and for aliases of no label.
    """
    if not labels:
        raise BadInput(
            "metric `label` has no label set",
            hint="list the labels under `task.labels`, or give training rows",
        )
    known: dict[str, str] = {}
    for label in labels:
        _add(known, label, label)
    for named, others in (aliases or {}).items():
        label = known.get(label_key(named), "")
        if not label:
            raise BadInput(
                f"`task.grading.aliases` has other names of `{named}`, which is no label",
                hint=f"labels are: {', '.join(list(labels)[:_SHOWN])}",
            )
        for other in others:
            _add(known, other, label)
    longest_first = sorted(known, key=len, reverse=True)
    return LabelMatch(labels=known, patterns=[(key, as_words(key)) for key in longest_first])


def _add(known: dict[str, str], name: str, label: str) -> None:
    key = label_key(name)
    if not key:
        raise BadInput("a label is empty", hint="remove it from `task.labels` and the data")
    if known.setdefault(key, label) != label:
        raise BadInput(
            f"labels `{known[key]}` and `{name}` cannot be told apart in a response",
            hint="rename one: case, spaces, hyphens and underscores make no difference",
        )
