"""Faults planted into clean chats, and the truth about them by line."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from malformed_rows import MALFORMED
from planted_answers import LOW_VALUE, contradict
from planted_edits import edit_words, restyle
from planted_sources import Chat, answer, count_words, level, line_of, question, with_texts
from planted_truth import LEAST_WORDS, TEST, TRAIN, Fault, Planted


@dataclass(frozen=True, kw_only=True)
class _Copy:
    """A row made from another, `source`, behind which it will stand; or in its place, where `instead` is true."""

    source: int
    line: bytes
    fault: Fault
    instead: bool = False


def plant(chats: Iterable[Chat], *, seed: int, folder: Path, each: int) -> Planted:
    """Write both files into `folder`, with up to `each` faults of each sort, every one made from a row of its own.

    Chats whose last question came before, but for case, punctuation and spacing, are left out: nobody planted them.
    """
    chance = random.Random(seed)
    clean = list({level(question(chat)): chat for chat in chats}.values())
    chance.shuffle(clean)
    held_out = len(clean) // 10
    test, base = clean[:held_out], clean[held_out:]
    copies = _Planter(base, chance, each).copies()
    return _lay_out(base, test, copies, chance, folder)


class _Planter:
    """Makes the copies; a source row is drawn for one of them only."""

    def __init__(self, base: Sequence[Chat], chance: random.Random, each: int) -> None:
        self._base = base
        self._chance = chance
        self._each = each
        self._free = chance.sample(range(len(base)), len(base))
        self._vocabulary = [
            word for chat in base[:2000] for word in re.findall(r"[^\W\d_]+", question(chat)) if len(word) > 1
        ]  # fmt: skip

    def copies(self) -> list[_Copy]:
        made = [
            *self._near("near_duplicate", self._each, lambda words: words >= LEAST_WORDS, answers=True),
            *self._near("leakage", self._each // 2, lambda words: words >= LEAST_WORDS),
            *self._near("near_duplicate", self._each, lambda words: 5 <= words < LEAST_WORDS),
            *self._near("leakage", self._each // 2, lambda words: 5 <= words < LEAST_WORDS),
            *self._low_value(),
        ]
        for source in self._draw(self._each // 2):
            made.append(self._styled("near_duplicate", source))
        for source in self._draw(self._each // 2):
            made.append(self._styled("leakage", source))
        for rule, count in (("leakage", self._each // 2), ("exact_duplicate", self._each)):
            file = TEST if rule == "leakage" else TRAIN
            for source in self._draw(count):
                made.append(_Copy(source=source, line=line_of(self._base[source]),
                                  fault=Fault(rule=rule, kind="exact", file=file)))  # fmt: skip
        made += [self._contradiction(source) for source in self._draw(self._each)]
        kinds = list(MALFORMED)
        for number, source in enumerate(self._draw(max(self._each, len(kinds)))):
            kind = kinds[number % len(kinds)]
            line = MALFORMED[kind](self._base[source])
            made.append(_Copy(source=source, line=line, instead=True, fault=Fault(rule="malformed", kind=kind)))
        return made

    def _draw(self, count: int, fits: Callable[[Chat], bool] = lambda chat: True) -> list[int]:
        found: list[int] = []
        for source in self._free:
            if len(found) == count:
                break
            if fits(self._base[source]):
                found.append(source)
        taken = set(found)
        self._free = [source for source in self._free if source not in taken]
        return found

    def _near(
        self, rule: str, count: int, fits: Callable[[int], bool], *, answers: bool = False
    ) -> Iterator[_Copy]:  # fmt: skip
        """Copies with one to three words edited in the question; where `answers`, also in long answers, or in both."""
        for source in self._draw(count, lambda chat: fits(count_words(question(chat)))):
            chat = self._base[source]
            long_answer = count_words(answer(chat)) >= LEAST_WORDS
            where = self._chance.choice(("question", "answer", "both")) if answers and long_answer else "question"
            edits = self._chance.randint(1, 3)
            texts = [question(chat), answer(chat)]
            sides = {"question": (0,), "answer": (1,), "both": (0, 1)}[where]
            changed = {side: edit_words(texts[side], edits, self._chance, self._vocabulary) for side in sides}
            if None in changed.values():
                continue
            words = min(count_words(texts[side]) for side in sides)
            fault = Fault(rule=rule, kind=f"words of {where}", words=words, edits=edits, file=_file_of(rule))
            line = line_of(with_texts(chat, changed.get(0) or texts[0], changed.get(1) or texts[1]))
            yield _Copy(source=source, line=line, fault=fault)

    def _styled(self, rule: str, source: int) -> _Copy:
        chat = self._base[source]
        text, kind = restyle(question(chat), self._chance)
        fault = Fault(rule=rule, kind=kind, words=count_words(question(chat)), file=_file_of(rule))
        return _Copy(source=source, line=line_of(with_texts(chat, text, answer(chat))), fault=fault)

    def _contradiction(self, source: int) -> _Copy:
        chat = self._base[source]
        asked, kind = question(chat), "same input"
        if self._chance.random() < 0.5:
            asked, kind = restyle(asked, self._chance)
        other, suffix = contradict(answer(chat), self._base, self._chance)
        return _Copy(source=source, line=line_of(with_texts(chat, asked, other)),
                     fault=Fault(rule="contradiction", kind=kind + suffix))  # fmt: skip

    def _low_value(self) -> Iterator[_Copy]:
        kinds = list(LOW_VALUE)
        for number in range(self._each):
            kind = kinds[number % len(kinds)]
            least, make = LOW_VALUE[kind]
            for source in self._draw(1, lambda chat, least=least: least(chat)):  # type: ignore[misc]
                chat = self._base[source]
                line = line_of(with_texts(chat, question(chat), make(chat, self._chance)))
                yield _Copy(source=source, line=line, instead=True, fault=Fault(rule="low_value", kind=kind))


def _lay_out(
    base: Sequence[Chat], test: Sequence[Chat], copies: Sequence[_Copy], chance: random.Random, folder: Path
) -> Planted:
    """Copies for train each stand somewhere behind their source, those for test anywhere in the test file."""
    instead = {copy.source: copy for copy in copies if copy.instead}
    laid = [(float(number), chat, instead.get(number)) for number, chat in enumerate(base)]
    for copy in copies:
        if not copy.instead and copy.fault.file == TRAIN:
            laid.append((chance.uniform(copy.source + 0.25, len(base)), base[copy.source], copy))
    laid.sort(key=lambda entry: entry[0])
    line_at = {order: line for line, (order, _, copy) in enumerate(laid, start=1) if copy is None or copy.instead}
    held: list[tuple[Chat, _Copy | None]] = [(chat, None) for chat in test]
    held += [(base[copy.source], copy) for copy in copies if copy.fault.file == TEST]
    chance.shuffle(held)
    faults = []
    for file, entries in ((TRAIN, [entry[1:] for entry in laid]), (TEST, held)):
        (folder / file).write_bytes(b"".join((copy.line if copy else line_of(chat)) + b"\n" for chat, copy in entries))
        for line, (_, copy) in enumerate(entries, start=1):
            if copy is not None:
                partner = None if copy.instead else (TRAIN, line_at[copy.source])
                faults.append(replace(copy.fault, line=line, partner=partner))
    return Planted(folder=folder, train_rows=len(laid), test_rows=len(held), faults=tuple(faults))


def _file_of(rule: str) -> str:
    return TEST if rule == "leakage" else TRAIN
