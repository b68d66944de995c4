"""Rows that repeat or contradict earlier ones, and held-out rows that stand in train."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wrapper.data.groups import components
from wrapper.data.normalise import compact, normalise
from wrapper.data.quality.alike import Comparer, Likeness, question, system_text
from wrapper.data.quality.findings import Finding, finding, short
from wrapper.data.quality.signatures import Texts, candidate_pairs
from wrapper.data.rows import SPLITS, Row

LEAST_SHARED = 0.38  # of the word pairs, as the signatures estimate it: below that no two inputs count as near
_ANSWERS_HELD = 20  # different answers of one input that a row is held against
_LONG_ANSWER_CHARACTERS = 100  # inputs with one and the same long answer are compared, however short they are
_NEIGHBOURS = 6
_REPRESENTATIVES = 4  # rows of one input and split that are held against rows of other inputs
_FAMILY = 10  # so many rows that repeat each other but for some words are out of one template
_RELATED = 5
Pair = tuple[int, int]  # an earlier and a later row, as places in the scanned sequence
Judged = tuple[int, Likeness]  # an earlier row, and how it compares


@dataclass(frozen=True, kw_only=True)
class Repeats:
    """What was found, in row order, and the pairs of rows (places in the scanned sequence) that belong together.

    `repeated_inputs` counts training rows whose levelled input an earlier one has; `contradictory_inputs` the
    inputs of train, exact but for case, punctuation and spacing, that have answers which disagree, and
    `contradictory_rows` the rows that have them. `leaked` counts, by split, the rows whose input stands just so
    in an earlier split; `nearly_leaked` those that an edit of few words parts from one. `leaks` pairs each such
    row, in second place, with the rows that must not be trained on while it is held out. `duplicates` and
    `contradicting` pair rows of one split that say the same, or that disagree on one and the same input.
    """

    findings: tuple[Finding, ...]
    links: tuple[Pair, ...]
    leaks: tuple[Pair, ...]
    duplicates: tuple[Pair, ...]
    contradicting: tuple[Pair, ...]
    repeated_inputs: int
    contradictory_inputs: int
    contradictory_rows: int
    leaked: dict[str, int]
    nearly_leaked: dict[str, int]
    template_share: float


def find_repeats(splits: Mapping[str, Sequence[Row]]) -> Repeats:
    """Scan train, validation and test together; a row is held against the rows before it only."""
    return _Scan(splits).result()


class _Scan:
    def __init__(self, splits: Mapping[str, Sequence[Row]]) -> None:
        self.rows: list[Row] = []
        self.split_of: list[str] = []
        for name in SPLITS:
            self.rows += splits.get(name, ())
            self.split_of += [name] * len(splits.get(name, ()))
        asked = [question(row) for row in self.rows]
        self.same: dict[str, list[int]] = _grouped(map(compact, asked))
        self.levelled = [hash(normalise(text)) for text in asked]
        self.texts = Texts(asked)
        self.comparer = Comparer(self.rows, self.texts)
        self.findings: list[Finding] = []
        self.links: list[Pair] = []
        self.leaks: list[Pair] = []
        self.duplicates: list[Pair] = []
        self.contradicting: list[Pair] = []
        self.leaked = dict.fromkeys(SPLITS, 0)
        self.nearly_leaked = dict.fromkeys(SPLITS, 0)

    def result(self) -> Repeats:
        partners: dict[int, set[int]] = defaultdict(set)
        for earlier, later in self._pairs():
            partners[later].add(earlier)
        judged = {
            later: [(other, self.comparer.compare(other, later)) for other in sorted(partners[later])]
            for later in sorted(partners)
        }
        family = self._families(judged)
        for later, found in judged.items():
            self._look_at(later, [one for one in found if not (one[1].reworded and family[later] == family[one[0]])])
        inputs, rows = self._contradictory()
        train = [key for key, split in zip(self.levelled, self.split_of, strict=True) if split == "train"]
        return Repeats(
            findings=tuple(self.findings),
            links=tuple(self.links),
            leaks=tuple(dict.fromkeys([*self.leaks, *self._same_elsewhere()])),
            duplicates=tuple(self.duplicates),
            contradicting=tuple(self.contradicting),
            repeated_inputs=len(train) - len(set(train)),
            contradictory_inputs=inputs,
            contradictory_rows=rows,
            leaked=dict(self.leaked),
            nearly_leaked=dict(self.nearly_leaked),
            template_share=self.texts.framed_share() if self.texts.frame.size else 0.0,
        )

    def _same_elsewhere(self) -> Iterator[Pair]:
        """Every row of an input with the first row of each later split that has the same one."""
        for group in self.same.values():
            for one_question in self._questions(group):
                first = {self.split_of[index]: index for index in reversed(one_question)}
                for index in one_question:
                    later = SPLITS[SPLITS.index(self.split_of[index]) + 1 :]
                    yield from ((index, first[name]) for name in later if name in first)

    def _families(self, judged: Mapping[int, list[Judged]]) -> list[int]:
        """The number of the family of each row, unlike for rows of none.

        Many rows that differ in few words each are no duplicates: a template made them, with other words in its slots.
        """
        pairs = [
            (other, later) for later, found in judged.items() for other, like in found
            if like.duplicate and like.reworded
        ]  # fmt: skip
        joined = components(len(self.rows), pairs)
        sizes = Counter(joined)
        return [number if sizes[number] > _FAMILY else -1 - row for row, number in enumerate(joined)]

    def _representatives(self) -> list[int]:
        """Rows to look for near ones of: of one input only the first few that differ in their answers."""
        left_out: set[int] = set()
        for group in self.same.values():
            seen: set[tuple[str, str]] = set()
            for index in group:
                key = (self.split_of[index], compact(self.rows[index].answer))
                if key in seen or len(seen) >= _REPRESENTATIVES:
                    left_out.add(index)
                seen.add(key)
        return [index for index in range(len(self.rows)) if index not in left_out]

    def _look_at(self, later: int, judged: list[Judged]) -> None:
        """Note what one row is to the rows before it."""
        self.links += [(other, later) for other, like in judged if like.same_input or like.duplicate or like.misspelt]
        own = [one for one in judged if self.split_of[one[0]] == self.split_of[later]]
        near = [one for one in own if one[1].duplicate]
        against = [one for one in own if self._contradicts(one[0], later, one[1])]
        self.duplicates += [(other, later) for other, _ in near]
        self.contradicting += [(other, later) for other, like in against if like.same_input]
        self.findings += self._repeated(later, own, near, against)
        same, nearly = self._standing_elsewhere(later, judged)
        if same or nearly:
            self.findings.append(self._leakage(later, same, nearly))
            self.leaks += [(other, later) for other, _ in same + nearly]
            (self.leaked if same else self.nearly_leaked)[self.split_of[later]] += 1

    def _pairs(self) -> Iterator[tuple[int, int]]:
        """Rows worth comparing: with one input, with one long answer, or with many word pairs in common."""
        for group in self.same.values():
            yield from self._in_group(group)
        long = (row.answer if len(row.answer) >= _LONG_ANSWER_CHARACTERS else "" for row in self.rows)
        by_answer = _grouped(map(compact, long))
        by_answer.pop("", None)
        for group in by_answer.values():
            yield from _neighbours(group)
        places = self._representatives()
        if len(places) > 1:
            for earlier, later in candidate_pairs(self.texts.only(places), LEAST_SHARED).tolist():
                yield places[earlier], places[later]

    def _in_group(self, group: list[int]) -> Iterator[tuple[int, int]]:
        """Each row of one input with the first of each answer before it, in each split, and its exact twin."""
        held: dict[tuple[str, str], int] = {}
        twins: dict[tuple[str, str], int] = {}
        for index in group:
            split = self.split_of[index]
            for earlier in held.values():
                yield earlier, index
            twin = twins.setdefault((split, self.rows[index].row_id), index)
            if twin != index:
                yield twin, index
            if len(held) < _ANSWERS_HELD:
                held.setdefault((split, compact(self.rows[index].answer)), index)

    def _repeated(
        self, later: int, own: list[Judged], near: list[Judged], against: list[Judged]
    ) -> Iterator[Finding]:
        """The one thing that a row is to the earlier rows of its split: a twin, nearly one, or a contradiction."""
        row = self.rows[later]
        twins = [other for other, _ in own if self.rows[other].row_id == row.row_id]
        if twins:
            first = self.rows[twins[0]]
            yield finding("exact_duplicate", row, f"the same row as {first.file}:{first.line}", related=[first])
        elif near:
            yield self._near_duplicate(row, near)
        elif against:
            yield self._contradiction(row, against)

    def _contradicts(self, earlier: int, later: int, like: Likeness) -> bool:
        if like.answers_agree or not (like.same_input or like.misspelt):
            return False
        return normalise(system_text(self.rows[earlier])) == normalise(system_text(self.rows[later]))

    def _near_duplicate(self, row: Row, near: list[Judged]) -> Finding:
        first, like = self.rows[near[0][0]], near[0][1]
        how = "but for case, punctuation or spacing" if like.similarity == 1 else f"similarity {like.similarity:.3f}"
        return finding(
            "near_duplicate",
            row,
            f"the same as {first.file}:{first.line}, {how}",
            related=[self.rows[other] for other, _ in near[:_RELATED]],
            example=short(row.input_text, 160),
        )

    def _contradiction(self, row: Row, against: list[Judged]) -> Finding:
        first, like = self.rows[against[0][0]], against[0][1]
        what = "same input" if like.same_input else "nearly the same input"
        return finding(
            "contradiction",
            row,
            f"{what} as {first.file}:{first.line}, other answer: {_end(row.answer)}, not {_end(first.answer)}",
            related=[self.rows[other] for other, _ in against[:_RELATED]],
            example=short(row.input_text, 160),
            severity=None if like.same_input else "warning",
        )

    def _standing_elsewhere(self, later: int, judged: list[Judged]) -> tuple[list[Judged], list[Judged]]:
        """Rows of earlier splits that have a row's input, and others that nearly have it."""
        across = [one for one in judged if self.split_of[one[0]] != self.split_of[later]]
        same = [one for one in across if one[1].same_input]
        near = [one for one in across if not one[1].same_input and (one[1].duplicate or one[1].misspelt)]
        return same, near

    def _leakage(self, later: int, same: list[Judged], near: list[Judged]) -> Finding:
        row, split = self.rows[later], self.split_of[later]
        place, like = (same or near)[0]
        first = self.rows[place]
        where = f"in {self.split_of[place]}: {first.file}:{first.line}"
        nearly = "" if same else f", nearly (similarity {like.similarity:.3f}),"
        related = [self.rows[other] for other, _ in (same + near)[:_RELATED]]
        detail = f"this {split} row also stands{nearly} {where}"
        return finding("leakage", row, detail, related=related, example=short(row.input_text, 160))

    def _contradictory(self) -> tuple[int, int]:
        """Inputs of train with answers that disagree, and how many rows have them."""
        inputs = rows = 0
        for group in self.same.values():
            for one_question in self._questions([index for index in group if self.split_of[index] == "train"]):
                first, *rest = one_question
                if any(not self.comparer.agree(first, other) for other in rest):
                    inputs, rows = inputs + 1, rows + len(one_question)
        return inputs, rows

    def _questions(self, group: list[int]) -> Iterable[list[int]]:
        """A group of one compact text, parted by the signs beside its numbers and by system prompt."""
        if len(group) < 2:
            return ()
        parted: dict[tuple[str, str], list[int]] = defaultdict(list)
        for index in group:
            parted[self.comparer.wording(index).signs, normalise(system_text(self.rows[index]))].append(index)
        return parted.values()


def _grouped(keys: Iterable[str]) -> dict[str, list[int]]:
    """Places by key, of keys that more than one place has, and of the empty key."""
    groups: dict[str, list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        groups[key].append(index)
    return {key: group for key, group in groups.items() if len(group) > 1}


def _neighbours(group: list[int]) -> Iterator[tuple[int, int]]:
    for place in range(1, len(group)):
        yield from ((group[before], group[place]) for before in {0, *range(max(0, place - _NEIGHBOURS), place)})


def _end(answer: str) -> str:
    """The answer as far as it fits in a line; of a long one its end, where the result stands."""
    line = " ".join(answer.split())
    return f"`{line}`" if len(line) <= 40 else f"`...{line[-37:]}`"
