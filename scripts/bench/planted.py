"""Files with planted faults and the truth about them, for other seeds and sources too."""

from __future__ import annotations

import csv
import json
import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

LEAST_WORDS = 20  # near duplicates of shorter texts are planted apart, under `short`


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A clean example."""

    question: str
    answer: str


@dataclass(kw_only=True)
class Planted:
    """Two files and what is wrong in them.

    `truth` maps a rule to the lines that it must name, each with the line of its earlier partner (0: none);
    `leakage` lines are those of the test file, with partners in the train file. `edits` tells of each near
    duplicate how many words it has and how many were edited (0: case, punctuation or spacing only).
    """

    train: bytes
    test: bytes
    truth: dict[str, dict[int, int]] = field(default_factory=dict)
    edits: dict[int, tuple[int, int]] = field(default_factory=dict)


def gsm8k(folder: Path) -> list[Pair]:
    lines = (folder / "gsm8k" / "train.jsonl").read_text("utf-8").splitlines()
    return [Pair(question=row["question"], answer=row["answer"]) for row in map(json.loads, lines)]


def banking77(folder: Path) -> list[Pair]:
    with (folder / "banking77" / "train.csv").open(encoding="utf-8", newline="") as stream:
        return [Pair(question=row["text"], answer=row["category"]) for row in csv.DictReader(stream)]


def sharegpt(folder: Path) -> list[Pair]:
    """First questions and answers, those that stand once."""
    talks = json.loads((folder / "formats" / "sharegpt.json").read_text("utf-8"))
    pairs = {
        turns[0]["value"]: Pair(question=turns[0]["value"], answer=turns[1]["value"])
        for turns in (talk["conversations"] for talk in talks)
        if len(turns) > 1 and turns[0]["from"] == "human"
    }
    return list(pairs.values())


def english(folder: Path) -> list[str]:
    """Words as they stand in the project's own pages, often ones often."""
    pages = sorted([folder / "LICENSE", folder / "README.md", *(folder / "docs").glob("*.md")])
    return re.findall(r"[A-Za-z]+[.,]?", " ".join(page.read_text("utf-8") for page in pages))


def shuffled(words: Sequence[str], count: int, seed: int, length: tuple[int, int]) -> list[Pair]:
    """Texts of words drawn from a text: no grammar, but the words and frequencies of a language."""
    chance = random.Random(seed)

    def text() -> str:
        return " ".join(chance.choices(words, k=chance.randint(*length)))

    return [Pair(question=text() + "?", answer=text() + ".") for _ in range(count)]


def synthetic(count: int, seed: int, words: tuple[int, int] = (20, 70)) -> list[Pair]:
    """Texts of made-up words whose frequencies follow Zipf's law, as those of a language do."""
    chance = random.Random(seed)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "is")]
    vocabulary = list(dict.fromkeys("".join(chance.choices(syllables, k=chance.randint(1, 4))) for _ in range(30_000)))
    cumulated = list(accumulate(1 / (rank + 3) for rank in range(len(vocabulary))))

    def text() -> str:
        return " ".join(chance.choices(vocabulary, cum_weights=cumulated, k=chance.randint(*words))).capitalize()

    return [Pair(question=text() + "?", answer=text() + ".") for _ in range(count)]


def plant(pairs: Sequence[Pair], *, seed: int, each: int) -> Planted:
    """Take clean pairs for train and test, and plant `each` faults of a kind, every one on a row of its own."""
    chance = random.Random(seed)
    pairs = list(pairs)
    chance.shuffle(pairs)
    test, base = pairs[: len(pairs) // 10], pairs[len(pairs) // 10 :]
    vocabulary = [word for pair in base[:2000] for word in pair.question.split()]
    long = [number for number, pair in enumerate(base) if len(pair.question.split()) >= LEAST_WORDS]
    short = [number for number, pair in enumerate(base) if 5 <= len(pair.question.split()) < LEAST_WORDS]
    chance.shuffle(long)
    chance.shuffle(short)
    taken: set[int] = set()

    def draw(numbers: list[int]) -> list[int]:
        found = [number for number in numbers if number not in taken][:each]
        taken.update(found)
        return found

    anything = chance.sample(range(len(base)), len(base))
    planting: list[tuple[str, int, bytes, tuple[int, int] | None]] = []
    for number in draw(long):
        pair, edits = _edited(base[number], chance, vocabulary)
        planting.append(("near_duplicate", number, line_of(pair), (len(base[number].question.split()), edits)))
    for number in draw(short):
        pair, edits = _edited(base[number], chance, vocabulary)
        planting.append(("short", number, line_of(pair), (len(base[number].question.split()), edits)))
    leaks = [(number, _edited(base[number], chance, vocabulary)[0]) for number in draw(long)]
    leaks += [(number, base[number]) for number in draw(anything)]
    planting += [("exact_duplicate", number, line_of(base[number]), None) for number in draw(anything)]
    for number in draw(anything):
        other = Pair(question=_restyled(base[number].question, chance), answer=_contrary(base, number, chance))
        planting.append(("contradiction", number, line_of(other), None))
    broken = list(MALFORMED.values())
    for index, number in enumerate(draw(anything)):
        planting.append(("malformed", number, broken[index % len(broken)](base[number]), None))
    return _laid_out(base, test, planting, leaks, chance)


def _laid_out(
    base: Sequence[Pair],
    test: Sequence[Pair],
    planting: Sequence[tuple[str, int, bytes, tuple[int, int] | None]],
    leaks: Sequence[tuple[int, Pair]],
    chance: random.Random,
) -> Planted:
    """Each planted row somewhere behind the row that it was made from."""
    places: list[tuple[float, int, bytes]] = [(number, -1, line_of(pair)) for number, pair in enumerate(base)]
    places += [
        (chance.uniform(number + 0.5, len(base)), index, line) for index, (_, number, line, _) in enumerate(planting)
    ]
    places.sort(key=lambda place: place[0])
    line_at = {int(key): line for line, (key, index, _) in enumerate(places, start=1) if index < 0}
    planted = Planted(train=b"".join(line + b"\n" for *_, line in places), test=b"")
    for line, (_, index, _) in enumerate(places, start=1):
        if index >= 0:
            rule, number, _, edits = planting[index]
            planted.truth.setdefault(rule, {})[line] = 0 if rule == "malformed" else line_at[number]
            if edits:
                planted.edits[line] = edits
    rows = [(0, pair) for pair in test] + [(line_at[number], pair) for number, pair in leaks]
    chance.shuffle(rows)
    planted.test = b"".join(line_of(pair) + b"\n" for _, pair in rows)
    planted.truth["leakage"] = {line: partner for line, (partner, _) in enumerate(rows, start=1) if partner}
    return planted


def line_of(pair: Pair) -> bytes:
    turns = [{"role": "user", "content": pair.question}, {"role": "assistant", "content": pair.answer}]
    return json.dumps({"messages": turns}, ensure_ascii=False).encode()


def _edited(pair: Pair, chance: random.Random, vocabulary: Sequence[str]) -> tuple[Pair, int]:
    """The pair with its question restyled, or with one to three words edited, in the question or a long answer."""
    if chance.random() < 0.25:
        return Pair(question=_different(pair.question, lambda text: _restyled(text, chance)), answer=pair.answer), 0
    count = min(chance.randint(1, 3), (len(pair.question.split()) - 1) // 2)
    if chance.random() < 0.25 and len(pair.answer.split()) >= LEAST_WORDS:
        return Pair(question=pair.question, answer=_words_edited(pair.answer, count, chance, vocabulary)), count
    return Pair(question=_words_edited(pair.question, count, chance, vocabulary), answer=pair.answer), count


def _words_edited(text: str, count: int, chance: random.Random, vocabulary: Sequence[str]) -> str:
    """`count` words replaced, left out, put in, swapped with a neighbour or misspelt; white space stays."""

    def edit(whole: str) -> str:
        words = re.findall(r"\S+\s*", whole)
        places = chance.sample(range((len(words) - 1) // 2), count)  # no two of them touch
        for place in sorted((2 * place for place in places), reverse=True):
            bare = words[place].rstrip()
            space = words[place][len(bare) :]
            kind = chance.randrange(5)
            if kind == 0:
                words[place] = chance.choice(vocabulary) + space
            elif kind == 1:
                del words[place]
            elif kind == 2:
                words.insert(place, chance.choice(vocabulary) + " ")
            elif kind == 3:
                other = words[place + 1].rstrip()
                words[place], words[place + 1] = other + space, bare + words[place + 1][len(other) :]
            else:
                letter = chance.randrange(len(bare))
                words[place] = bare[:letter] + chance.choice("aeiourst") + bare[letter + 1 :] + space
        return "".join(words)

    return _different(text, edit)


def _restyled(text: str, chance: random.Random) -> str:
    """Other case, punctuation or spacing; or the text as it is."""
    return chance.choice(
        (
            str.upper,
            str.lower,
            lambda whole: whole.replace(" ", "  "),
            lambda whole: whole + "\n",
            lambda whole: re.sub(r"(?<=[A-Za-z])[.,!?;:]+(?=\s|$)", "", whole),
            lambda whole: whole + "!",
            lambda whole: whole.replace(" ", "\n", 1),
        )
    )(text)


def _different(text: str, change: Callable[[str], str]) -> str:
    for _ in range(20):
        if (changed := change(text)) != text:
            return changed
    return text + " !"


def _contrary(base: Sequence[Pair], number: int, chance: random.Random) -> str:
    """Another row's answer; of an answer that ends in a number sometimes its own with another number."""
    own = base[number].answer
    ending = re.search(r"(\d+)$", own)
    if ending and chance.random() < 0.5:
        return own[: ending.start()] + str(int(ending[1]) + chance.randint(1, 9))
    while True:
        other = chance.choice(base).answer
        if other.lower() != own.lower():
            return other


def _chat(*turns: object) -> bytes:
    return json.dumps({"messages": turns}).encode()


def _turn(role: str, content: object) -> dict[str, object]:
    return {"role": role, "content": content}


# what makes a row that nobody can train on, each by a name
MALFORMED: dict[str, Callable[[Pair], bytes]] = {
    "truncated": lambda pair: line_of(pair)[:-9],
    "no messages": lambda pair: json.dumps({"text": pair.question}).encode(),
    "empty messages": lambda pair: _chat(),
    "empty content": lambda pair: _chat(_turn("user", pair.question), _turn("assistant", "")),
    "null content": lambda pair: _chat(_turn("user", None), _turn("assistant", pair.answer)),
    "number as messages": lambda pair: json.dumps({"messages": 7}).encode(),
    "wrong order": lambda pair: _chat(_turn("assistant", pair.answer), _turn("user", pair.question)),
    "assistant first": lambda pair: _chat(
        _turn("assistant", "Hi"), _turn("user", pair.question), _turn("assistant", pair.answer)
    ),
    "two questions": lambda pair: _chat(
        _turn("user", pair.question), _turn("user", "And?"), _turn("assistant", pair.answer)
    ),
    "no answer": lambda pair: _chat(_turn("user", pair.question)),
    "unknown role": lambda pair: _chat(_turn("user", pair.question), _turn("oracle", pair.answer)),
    "no role": lambda pair: _chat({"content": pair.question}, _turn("assistant", pair.answer)),
    "an image": lambda pair: _chat(_turn("user", [{"type": "image", "url": "x"}]), _turn("assistant", pair.answer)),
    "a list": lambda pair: json.dumps([pair.question, pair.answer]).encode(),
    "a text": lambda pair: json.dumps(pair.question).encode(),
    "no JSON": lambda pair: b"question: " + pair.question.encode().replace(b"\n", b" "),
    "bad encoding": lambda pair: line_of(pair).replace(b'"content": "', b'"content": "\xe9\xff', 1),
    "control character": lambda pair: line_of(pair).replace(b'"content": "', b'"content": "\\u0007', 1),
    "key twice": lambda pair: line_of(pair)[:-1] + b', "messages": []}',
    "NaN": lambda pair: line_of(pair)[:-1] + b', "score": NaN}',
    "deep": lambda pair: b'{"messages": ' + b"[" * 3000 + b"]" * 3000 + b"}",
}


def score(truth: Iterable[int], found: Iterable[int]) -> dict[str, float | int]:
    """Precision, recall and F1 of lines; 1 where there is nothing to find and nothing was found."""
    wanted, named = set(truth), set(found)
    hit = len(wanted & named)
    precision = hit / len(named) if named else 1.0
    recall = hit / len(wanted) if wanted else 1.0
    both = precision + recall
    return {
        "planted": len(wanted),
        "found": len(named),
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / both, 4) if both else 0.0,
    }
