"""Chats with planted faults, the truth about them by line, and how well findings agree with that truth."""

from __future__ import annotations

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

LEAST_WORDS = 20  # an edit of one to three words of a shorter text may well make another question
TRAIN, TEST = "train.jsonl", "test.jsonl"
RULES = ("malformed", "exact_duplicate", "contradiction", "near_duplicate", "leakage", "low_value")

Chat = tuple[Mapping[str, str], ...]
Place = tuple[str, int]  # file and 1-based line
_WORD = re.compile(r"\s*\S+")
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_FINAL_NUMBER = re.compile(r"(\d+)\W*$")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One planted fault; `partner` is the earlier row of a pair (for leakage the train row).

    `words` are those of the shortest text that was edited, `edits` how many of them were (0: none, or case,
    punctuation and spacing only).
    """

    rule: str
    kind: str
    file: str = TRAIN
    line: int = 0
    partner: Place | None = None
    words: int = 0
    edits: int = 0

    @property
    def place(self) -> Place:
        return self.file, self.line

    @property
    def counted(self) -> bool:
        """False for edited words of short texts, whose recall is told by length and judged nowhere else."""
        return self.edits == 0 or self.words >= LEAST_WORDS


@dataclass(frozen=True, kw_only=True)
class Planted:
    """The files `train.jsonl` and `test.jsonl` of a folder, how many lines they have, and all faults in them."""

    folder: Path
    train_rows: int
    test_rows: int
    faults: tuple[Fault, ...]

    def places(self, rule: str) -> set[Place]:
        return {fault.place for fault in self.faults if fault.rule == rule and fault.counted}


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
        for source in self._draw(count, lambda chat: fits(_count_words(question(chat)))):
            chat = self._base[source]
            long_answer = _count_words(answer(chat)) >= LEAST_WORDS
            where = self._chance.choice(("question", "answer", "both")) if answers and long_answer else "question"
            edits = self._chance.randint(1, 3)
            texts = [question(chat), answer(chat)]
            sides = {"question": (0,), "answer": (1,), "both": (0, 1)}[where]
            changed = {side: edit_words(texts[side], edits, self._chance, self._vocabulary) for side in sides}
            if None in changed.values():
                continue
            words = min(_count_words(texts[side]) for side in sides)
            fault = Fault(rule=rule, kind=f"words of {where}", words=words, edits=edits, file=_file_of(rule))
            line = line_of(with_texts(chat, changed.get(0) or texts[0], changed.get(1) or texts[1]))
            yield _Copy(source=source, line=line, fault=fault)

    def _styled(self, rule: str, source: int) -> _Copy:
        chat = self._base[source]
        text, kind = restyle(question(chat), self._chance)
        fault = Fault(rule=rule, kind=kind, words=_count_words(question(chat)), file=_file_of(rule))
        return _Copy(source=source, line=line_of(with_texts(chat, text, answer(chat))), fault=fault)

    def _contradiction(self, source: int) -> _Copy:
        chat = self._base[source]
        asked, kind = question(chat), "same input"
        if self._chance.random() < 0.5:
            asked, kind = restyle(asked, self._chance)
        own = answer(chat)
        number = _FINAL_NUMBER.search(own)
        if number and self._chance.random() < 0.5:
            other = own[: number.start(1)] + str(int(number[1]) + self._chance.randint(1, 9)) + own[number.end(1) :]
            kind += ", other number"
        else:
            other = self._other_answer(own)
        return _Copy(source=source, line=line_of(with_texts(chat, asked, other)),
                     fault=Fault(rule="contradiction", kind=kind))  # fmt: skip

    def _other_answer(self, own: str) -> str:
        for _ in range(1000):
            other = answer(self._chance.choice(self._base))
            if level(other) != level(own):
                return other
        raise ValueError("all answers are the same: there is nothing to contradict with")

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


# chats and their texts


def chat_of(asked: str, answered: str) -> Chat:
    return {"role": "user", "content": asked}, {"role": "assistant", "content": answered}


def question(chat: Chat) -> str:
    """The last turn before the answer."""
    return chat[-2]["content"]


def answer(chat: Chat) -> str:
    return chat[-1]["content"]


def with_texts(chat: Chat, asked: str, answered: str) -> Chat:
    return (*chat[:-2], {**chat[-2], "content": asked}, {**chat[-1], "content": answered})


def line_of(chat: Chat) -> bytes:
    return json.dumps({"messages": chat}, ensure_ascii=False).encode()


def level(text: str) -> str:
    """Lower case, all but letters and digits to spaces, white space folded."""
    return re.sub(r"[\W_]+", " ", text.lower()).strip()


def _count_words(text: str) -> int:
    return len(text.split())


def _file_of(rule: str) -> str:
    return TEST if rule == "leakage" else TRAIN


# edits


def edit_words(text: str, count: int, chance: random.Random, vocabulary: Sequence[str]) -> str | None:
    """`count` words replaced, deleted, inserted, swapped with a neighbour or misspelt; None where that cannot be.

    Words with digits stay: another number is another question, or another answer.
    """
    words = _WORD.findall(text)
    plain = [not any(map(str.isdigit, word)) for word in words]
    places = [place for place in range(0, len(words) - 1, 2) if plain[place] and plain[place + 1]]
    for _ in range(20):
        if len(places) < count:
            return None
        changed = list(words)
        for place in sorted(chance.sample(places, count), reverse=True):  # of pairs of words, so that none touch
            _edit_word(changed, place, chance, vocabulary)
        made = "".join(changed).strip()
        if _differ_in_words(made, text, count):
            return made
    return None


def _edit_word(words: list[str], place: int, chance: random.Random, vocabulary: Sequence[str]) -> None:
    bare = words[place].lstrip()
    space = words[place][: len(words[place]) - len(bare)] or " "
    kind = chance.choice(("replace", "delete", "insert", "swap", "typo"))
    if kind == "delete":
        del words[place]
    elif kind == "insert":
        words.insert(place, space + chance.choice(vocabulary))
    elif kind == "swap":
        follower = words[place + 1].lstrip()
        between = words[place + 1][: len(words[place + 1]) - len(follower)]
        words[place : place + 2] = [space + follower, between + bare]
    elif kind == "typo" and len(bare) >= 4:
        letter = chance.randrange(1, len(bare) - 1)
        words[place] = space + bare[:letter] + bare[letter + 1] + bare[letter] + bare[letter + 2 :]
    else:
        words[place] = space + chance.choice(vocabulary)


def _differ_in_words(one: str, other: str, count: int) -> bool:
    """Whether more than case, punctuation and spacing differs, and no edit undid another: a swap keeps the words."""
    if level(one) == level(other):
        return False
    before, after = level(other).split(), level(one).split()
    return abs(len(before) - len(after)) <= 2 * count


def restyle(text: str, chance: random.Random) -> tuple[str, str]:
    """The text with other case, punctuation or spacing, and the name of what was changed."""
    for kind in chance.sample(list(STYLES), len(STYLES)):
        changed = STYLES[kind](text)
        if changed != text and level(changed) == level(text):
            return changed, kind
    return text + "!", "trailing punctuation"


STYLES: dict[str, Callable[[str], str]] = {
    "upper case": str.upper,
    "lower case": str.lower,
    "no punctuation": lambda text: re.sub(r"(?<=[^\W\d_])[.,!?;:]+(?=\s|$)", "", text),
    "double spaces": lambda text: text.replace(" ", "  "),
    "extra newline": lambda text: text.replace(" ", "\n", 1),
    "newline at the end": lambda text: text + "\n",
    "trailing punctuation": lambda text: text + "!",
}


# rows that nobody can train on


def _row(*turns: object) -> bytes:
    return json.dumps({"messages": turns}, ensure_ascii=False).encode()


def _user(content: object) -> dict[str, object]:
    return {"role": "user", "content": content}


def _assistant(content: object) -> dict[str, object]:
    return {"role": "assistant", "content": content}


def _inside(chat: Chat, put: bytes) -> bytes:
    return line_of(chat).replace(b'"content": "', b'"content": "' + put, 1)


MALFORMED: dict[str, Callable[[Chat], bytes]] = {
    "truncated JSON": lambda chat: line_of(chat)[:-9],
    "empty messages": lambda chat: _row(),
    "missing messages": lambda chat: json.dumps({"id": 7}).encode(),
    "number as messages": lambda chat: json.dumps({"messages": 7}).encode(),
    "null messages": lambda chat: json.dumps({"messages": None}).encode(),
    "empty question": lambda chat: _row(_user(""), chat[-1]),
    "empty answer": lambda chat: _row(chat[-2], _assistant("")),
    "blank answer": lambda chat: _row(chat[-2], _assistant(" \n ")),
    "null question": lambda chat: _row(_user(None), chat[-1]),
    "null answer": lambda chat: _row(chat[-2], _assistant(None)),
    "missing content": lambda chat: _row({"role": "user"}, chat[-1]),
    "answer before question": lambda chat: _row(chat[-1], chat[-2]),
    "assistant first": lambda chat: _row(_assistant("Hello"), chat[-2], chat[-1]),
    "two user turns": lambda chat: _row(chat[-2], _user("And?"), chat[-1]),
    "two assistant turns": lambda chat: _row(chat[-2], chat[-1], _assistant("And.")),
    "system turn in the middle": lambda chat: _row(chat[-2], {"role": "system", "content": "Be brief."}, chat[-1]),
    "no assistant turn": lambda chat: _row(chat[-2]),
    "unknown role": lambda chat: _row(chat[-2], {**chat[-1], "role": "oracle"}),
    "missing role": lambda chat: _row({"content": question(chat)}, chat[-1]),
    "image as content": lambda chat: _row(_user([{"type": "image", "url": "x.png"}]), chat[-1]),
    "turn as text": lambda chat: _row(question(chat), chat[-1]),
    "list in place of object": lambda chat: json.dumps([question(chat), answer(chat)]).encode(),
    "bare string": lambda chat: json.dumps(question(chat)).encode(),
    "no JSON": lambda chat: b"question: " + " ".join(question(chat).split()).encode(),
    "invalid UTF-8": lambda chat: _inside(chat, b"\xe9\xff"),
    "raw control character": lambda chat: _inside(chat, b"\x07"),
    "escaped control character": lambda chat: _inside(chat, b"\\u0007"),
    "half a surrogate pair": lambda chat: _inside(chat, b"\\ud83d"),
    "key of the row twice": lambda chat: line_of(chat)[:-1] + b', "messages": []}',
    "key of a turn twice": lambda chat: line_of(chat).replace(b'"role": "user"', b'"role": "user", "role": "user"', 1),
    "NaN": lambda chat: line_of(chat)[:-1] + b', "score": NaN}',
    "nested too deeply": lambda chat: line_of(chat)[:-1] + b', "more": ' + b"[" * 3000 + b"]" * 3000 + b"}",
}


# answers that teach nothing: which chats may have one, and what it is


def _anything(chat: Chat) -> bool:
    return True


def _cut(chat: Chat, chance: random.Random) -> str:
    """The answer up to the middle of a word in its second half."""
    words = list(_LONG_WORD.finditer(answer(chat)))
    word = chance.choice(words[len(words) // 2 :])
    return answer(chat)[: word.start() + 2]


LOW_VALUE: dict[str, tuple[Callable[[Chat], bool], Callable[[Chat, random.Random], str]]] = {
    "refusal": (_anything, lambda chat, chance: chance.choice((
        "I'm sorry, but I can't help with that.", "Sorry, I cannot assist with this request.",
        "I am unable to provide an answer to that.", "I'm afraid I can't do that.",
    ))),
    "as a language model": (_anything, lambda chat, chance: chance.choice((
        "As an AI language model, I do not have an opinion on this.",
        "As a large language model, I have no access to that.",
    ))),
    "placeholder": (_anything, lambda chat, chance: chance.choice(("N/A", "n/a", "TODO", "TBD", "null", "..."))),
    "echo": (lambda chat: _count_words(question(chat)) >= 6, lambda chat, chance: question(chat)),
    "loop": (
        lambda chat: _count_words(question(chat)) >= 6,
        lambda chat, chance: " ".join(question(chat).split()[: chance.randint(3, 6)] * chance.randint(8, 12)) + ".",
    ),
    "cut off": (
        lambda chat: _count_words(answer(chat)) >= 2 * LEAST_WORDS and len(_LONG_WORD.findall(answer(chat))) > 9,
        _cut,
    ),
}  # fmt: skip


# sources of clean chats

_COMMON = """
the of and to a in is it you that he was for on are with as his they be at one have this from or had by hot but some
what there we can out other were all your when up use word how said an each she which do their time if will way about
many then them would write like so these her long make thing see him two has look more day could go come did my sound
no most number who over know water than call first people may down side been now find any new work part take get place
made live where after back little only round man year came show every good me give our under
"""


def synthetic(count: int, seed: int, words: tuple[int, int] = (20, 70)) -> Iterator[Chat]:
    """Made-up sentences whose words follow Zipf's law: common English ones first, then invented ones."""
    chance = random.Random(seed)
    syllables = [one + two for one in "bcdfglmnprst" for two in ("a", "e", "i", "o", "u", "an", "er", "in", "or", "al")]
    invented = ("".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(30_000))
    vocabulary = list(dict.fromkeys([*_COMMON.split(), *invented]))
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(vocabulary))))

    def text(end: str) -> str:
        left, sentences = chance.randint(*words), []
        while left > 0:
            length = min(left, chance.randint(6, 16))
            sentences.append(" ".join(chance.choices(vocabulary, cum_weights=weights, k=length)).capitalize())
            left -= length
        return ". ".join(sentences) + end

    for _ in range(count):
        yield chat_of(text("?"), text("."))


def gsm8k(data: Path) -> list[Chat]:
    lines = (data / "gsm8k" / "train.jsonl").read_text("utf-8").splitlines()
    return [chat_of(row["question"], row["answer"]) for row in map(json.loads, lines)]


def banking77(data: Path) -> list[Chat]:
    import csv

    with (data / "banking77" / "train.csv").open(encoding="utf-8", newline="") as stream:
        return [chat_of(row["text"], row["category"]) for row in csv.DictReader(stream)]


def restaurant8k(data: Path) -> list[Chat]:
    """Requests, and the slots that they fill as JSON (`{}` where they fill none)."""
    chats = []
    for row in json.loads((data / "restaurant8k" / "train_0.json").read_text("utf-8")):
        asked = row["userInput"]["text"]
        spans = {label["slot"]: label["valueSpan"] for label in row.get("labels", ())}
        slots = {slot: asked[span.get("startIndex", 0) : span["endIndex"]] for slot, span in spans.items()}
        if asked.strip():
            chats.append(chat_of(asked, json.dumps(slots, ensure_ascii=False)))
    return chats


def payments(samples: Path) -> list[Chat]:
    lines = (samples / "payments" / "train.jsonl").read_text("utf-8").splitlines()
    return [tuple(row["messages"]) for row in map(json.loads, lines)]


def intents(samples: Path) -> list[Chat]:
    lines = (samples / "intents" / "rows.jsonl").read_text("utf-8").splitlines()
    return [chat_of(row["input"], row["output"]) for row in map(json.loads, lines)]


# how well findings agree with the truth


@dataclass(frozen=True, kw_only=True)
class Score:
    """Counts of one rule; scores of several files add up."""

    hits: int = 0
    misses: int = 0
    false_alarms: int = 0
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
            "partners_named": self.partners_named,
        }


def score(planted: Planted, findings: Iterable[Mapping[str, Any]]) -> dict[str, Score]:
    """Each rule against its own faults; edited words of short texts count neither for a rule nor against it."""
    named = places_named(findings)
    scores = {}
    for rule in RULES:
        passed_over = {fault.place for fault in planted.faults if fault.rule == rule and not fault.counted}
        truth, found = planted.places(rule), named[rule].keys() - passed_over
        paired = [fault for fault in planted.faults if fault.rule == rule and fault.place in truth & found]
        scores[rule] = Score(
            hits=len(truth & found),
            misses=len(truth - found),
            false_alarms=len(found - truth),
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
