"""What form the gold answers have, in one sentence to the model: labels, JSON keys, a number, a length."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

import msgspec

from wrapper.data.scripts import UNSPACED

_ROWS = 500  # answers looked at
_NEARLY_ALL = 0.95
_FEWEST_SHARE = 0.05  # a key that fewer answers have is no part of the form
_MOST_KEYS = 30
_LONGEST_KEY = 60  # characters
_SHORT = 3  # words
_NUMBER = re.compile(r"[-+−]?\s?[$€£¥]?\s?\d[\d.,\s]*%?")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_SAYS_ONLY = re.compile(r"\b(?:only|nothing else)\b", re.IGNORECASE)
_QUERY = re.compile(r"\s*(?:select|with|insert|update|delete)\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key at the top of the gold answers' JSON objects, and the share of them that has it."""

    name: str
    share: float


@dataclass(frozen=True, kw_only=True)
class Form:
    """A sentence to the model, and the words without which a prompt does not say it; none where nothing is needed.

    `exclusive` forms also need a word such as `only`.
    """

    sentence: str
    words: tuple[str, ...]
    exclusive: bool

    def is_said_in(self, prompt: str) -> bool:
        """Whether the prompt tells the form already."""
        lower = prompt.casefold()
        told = all(word.casefold() in lower for word in self.words)
        return told and (not self.exclusive or _SAYS_ONLY.search(prompt) is not None)


def keys_of(answers: Sequence[str]) -> tuple[Key, ...]:
    """Keys of the answers that are JSON objects, in the order in which they come; none where most are not.

    Of a list of objects it is the keys of its first.
    """
    seen = _some(answers)
    objects = [found for answer in seen if (found := _object(answer)) is not None]
    if len(objects) < _NEARLY_ALL * len(seen) or not objects:
        return ()
    counts = Counter(key for found in objects for key in found)
    shares = [Key(name=name, share=count / len(objects)) for name, count in counts.items()]
    frequent = [key for key in shares if key.share >= _FEWEST_SHARE and _is_plain(key.name)]
    kept = set(sorted(frequent, key=lambda key: -key.share)[:_MOST_KEYS])
    return tuple(key for key in frequent if key in kept)


def form_of(kind: str, labels: Sequence[str], answers: Sequence[str]) -> Form | None:
    """The form that the answers of a task share; None where they show none."""
    seen = [answer.strip() for answer in _some(answers) if answer.strip()]
    if kind == "classification":
        return _labels(labels)
    if not seen:
        return None
    keys = keys_of(seen)
    if keys:
        return _json(keys, seen)
    if kind == "sql" or _mostly(seen, _QUERY.match):
        return Form(sentence="Answer with one SQL query and nothing else.", words=("sql",), exclusive=True)
    if _mostly(seen, _NUMBER.fullmatch):
        return Form(sentence="Answer with a number only.", words=("number",), exclusive=True)
    return _length(seen)


def shown_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """The labels as a prompt lists them: in quotes where one has a comma in it."""
    return tuple(f'"{label}"' for label in labels) if any("," in label for label in labels) else tuple(labels)


def _labels(labels: Sequence[str]) -> Form | None:
    if not labels:
        return None
    sentence = f"Answer with one of these labels only: {', '.join(shown_labels(labels))}."
    return Form(sentence=sentence, words=tuple(labels), exclusive=False)


def _json(keys: Sequence[Key], answers: Sequence[str]) -> Form:
    always = [key.name for key in keys if key.share >= _NEARLY_ALL]
    sometimes = [key.name for key in keys if key.share < _NEARLY_ALL]
    lists = _mostly(answers, lambda answer: answer.startswith("["))
    told = "a JSON list of objects" if lists else "one JSON object"
    told += f" with the keys {', '.join(always)}" if always else ""
    told += f", and where the message gives them {', '.join(sometimes)}" if sometimes else ""
    return Form(
        sentence=f"Answer with {told}, and nothing else.",
        words=("json", *(key.name for key in keys)),
        exclusive=True,
    )


def _length(answers: Sequence[str]) -> Form | None:
    """By the middle eight of ten answers; in characters where the script parts no words."""
    unspaced = sum(len(_UNSPACED.findall(answer)) for answer in answers) > sum(map(len, answers)) / 2
    sizes = [len(answer) if unspaced else len(answer.split()) for answer in answers]
    unit = "character" if unspaced else "word"
    tenths = quantiles(sizes, n=10) if len(sizes) > 1 else [float(sizes[0])] * 9
    least, middle, most = (_rounded(tenths[place]) for place in (0, 4, 8))
    if most <= _SHORT and not unspaced:
        sentence = f"Answer with {'one word' if most == 1 else f'at most {most} words'} and nothing else."
    elif most > 2 * least:
        sentence = f"Answer in {least} to {most} {unit}s."
    else:
        sentence = f"Answer in about {middle} {unit}{'' if middle == 1 else 's'}."
    return Form(sentence=sentence, words=(sentence,), exclusive=False)


def _rounded(size: float) -> int:
    """To the nearest 5 from 10 on, and to the nearest 10 from 50 on."""
    step = 1 if size < 10 else 5 if size < 50 else 10
    return max(1, round(size / step) * step)


def _some(answers: Sequence[str]) -> Sequence[str]:
    """At most so many, from all over: files are often sorted."""
    return answers[:: -(-len(answers) // _ROWS) or 1]


def _mostly(answers: Sequence[str], test: Callable[[str], object]) -> bool:
    return sum(1 for answer in answers if test(answer)) >= _NEARLY_ALL * len(answers)


def _object(answer: str) -> Mapping[str, object] | None:
    try:
        value = msgspec.json.decode(answer)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, dict) and value else None


def _is_plain(key: str) -> bool:
    return bool(key.strip()) and key.isprintable() and len(key) <= _LONGEST_KEY
