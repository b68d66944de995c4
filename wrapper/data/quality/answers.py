"""Answers that teach nothing: refusals, echoes, placeholders, loops, and those that break off."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import msgspec

from wrapper.data.normalise import compact, words
from wrapper.data.quality.alike import opens_json, question
from wrapper.data.quality.findings import Finding, finding, short
from wrapper.data.rows import Row

_OPENING = 250  # characters in which a refusal shows
_REFUSAL = re.compile(
    r"\b(?:i(?:'|’)?m|i am|we(?:'|’)re) (?:very |so |really )?(?:sorry|afraid|unable)\b[^.!?]{0,40}"
    r"\b(?:can(?:'|’)?t|cannot|can not|unable|not able|won(?:'|’)?t|don(?:'|’)?t)\b"
    r"|^\W*(?:sorry|apologies|unfortunately),? (?:but )?i (?:can(?:'|’)?t|cannot|am unable|am not able|won(?:'|’)?t)\b"
    r"|^\W*i (?:can(?:'|’)?t|cannot|can not|won(?:'|’)?t|am unable to|am not able to) "
    r"(?:help|assist|fulfil|comply|provide|answer|do that|discuss|create|generate|write)"
    r"|\bi must (?:respectfully )?decline\b"
)
_AS_MODEL = re.compile(
    r"\bas an? (?:ai|artificial intelligence|large language|language)\b(?: language)?(?: model| assistant)?"
    r"|\b(?:i am|i(?:'|’)m) (?:just |only )?an? (?:ai )?(?:large )?language model\b"
)
# what a text must hold before it is worth a look with those two
_SIGNS_OF_REFUSAL = ("can't", "can’t", "cannot", "can not", "cant", "unable", "not able", "won't", "won’t", "don't",
                     "don’t", "decline")  # fmt: skip
_PLACEHOLDERS = frozenset(
    ("na", "null", "nan", "nooutput", "nooutputavailable", "noinput", "noanswer", "noresponse", "todo", "tbd", "fixme",
     "undefined", "placeholder", "loremipsum", "insertanswerhere", "youranswerhere", "emptyresponse")
)  # fmt: skip
_PLACEHOLDER_CHARACTERS = 40
_LEAST_ECHO_WORDS = 4
_LOOP_WORDS = 20
_LOOP_DISTINCT = 0.5  # of three words in a row; prose has over 0.9
_LONG_WORDS = 15
_SHARE = 0.95  # of the answers that follow a habit, before breaking it counts
_LEAST_ROWS = 30
_LABEL_WORDS = 6


@dataclass(frozen=True, kw_only=True)
class Habits:
    """What nearly all answers of the data do, so that those that do not stand out.

    `ended`: long ones end in punctuation, a digit or a closing bracket. `last_line` opens their last line with a sign
    such as `####`. `as_json`: they are JSON. `labels` counts the answers where they are labels, else is empty.
    """

    ended: bool
    last_line: str
    as_json: bool
    labels: Counter[str]


def find_low_value(rows: Sequence[Row], habits: Habits) -> Iterator[Finding]:
    """At most one finding a row, in the order of the rows."""
    for row in rows:
        if reason := _reason(row, habits):
            yield finding("low_value", row, reason, example=short(row.answer, 160))


def habits_of(rows: Sequence[Row]) -> Habits:
    """The habits of the answers of the training rows."""
    long = [row.answer for row in rows if row.answer.count(" ") >= _LONG_WORDS]
    opened = Counter(_last_line_sign(answer) for answer in long)
    sign, count = opened.most_common(1)[0] if opened else ("", 0)
    return Habits(
        ended=_most(map(_is_ended, long), len(long)),
        last_line=sign if sign and len(long) >= _LEAST_ROWS and count >= _SHARE * len(long) else "",
        as_json=_most((opens_json(row.answer) for row in rows), len(rows)),
        labels=label_counts(rows),
    )


def label_counts(rows: Sequence[Row]) -> Counter[str]:
    """How often each answer is given, where the answers are labels: short, and few of them; else empty."""
    counts = Counter(row.answer.strip() for row in rows)
    few = len(counts) <= max(2, len(rows) // 5) and len(rows) >= 10
    if not few or sum(len(label.split()) > _LABEL_WORDS for label in counts) > len(counts) // 20:
        return Counter()
    return counts if not _look_like_numbers(counts) else Counter()


def _look_like_numbers(counts: Iterable[str]) -> bool:
    numeric = [label.strip("-$€£%").replace(".", "").isdigit() for label in counts]
    return len(numeric) > 10 and sum(numeric) > len(numeric) / 2


def _most(kept: Iterable[bool], count: int) -> bool:
    return count >= _LEAST_ROWS and sum(kept) >= _SHARE * count


def _reason(row: Row, habits: Habits) -> str:
    answer = row.answer
    if answer.strip() in habits.labels:
        return ""
    opening = answer[:_OPENING].lower()
    if ("as a" in opening or "language model" in opening) and _AS_MODEL.search(opening):
        return "the answer speaks as an AI model"
    if any(sign in opening for sign in _SIGNS_OF_REFUSAL) and _REFUSAL.search(opening):
        return "the answer is a refusal"
    if _is_placeholder(answer, habits):
        return f"the answer is a placeholder: {short(answer)}"
    if _echoes(row):
        return "the answer repeats the input"
    found = words(answer)
    if _loops(found):
        return "the answer repeats itself in a loop"
    return _broken_off(answer, len(found), habits)


def _is_placeholder(answer: str, habits: Habits) -> bool:
    """True for words that stand for an answer, and for signs alone; `{}` among JSON is an answer."""
    letters = compact(answer) if len(answer) <= _PLACEHOLDER_CHARACTERS else ""
    if not letters or (habits.as_json and opens_json(answer)):
        return False
    return letters in _PLACEHOLDERS or letters.startswith("loremipsum") or not any(map(str.isalnum, letters))


def _echoes(row: Row) -> bool:
    asked = row.messages[-1].content
    if opens_json(row.answer):
        return False  # `name Ada` as `{"name": "Ada"}` has the same letters
    if not 0.5 <= (len(row.answer) + 1) / (len(asked) + 1) <= 2:
        return False
    return compact(asked) == compact(row.answer) and len(words(question(row))) >= _LEAST_ECHO_WORDS


def _loops(found: list[str]) -> bool:
    """True where half of the triples of words came before, or one word stands four times in a row."""
    if len(found) < _LOOP_WORDS or len(set(found)) > 0.6 * len(found):
        return False
    triples = set(zip(found, found[1:], found[2:], strict=False))
    return len(triples) < _LOOP_DISTINCT * (len(found) - 2) or _repeats_a_word(found)


def _repeats_a_word(found: list[str]) -> bool:
    run = 1
    for one, other in pairwise(found):
        run = run + 1 if one == other and one.isalpha() else 1
        if run >= 4:
            return True
    return False


def _broken_off(answer: str, count: int, habits: Habits) -> str:
    if habits.as_json and not _is_json(answer):
        return "the answer is no whole JSON, as the others are"
    if count < _LONG_WORDS:
        return ""
    if habits.last_line and _last_line_sign(answer) != habits.last_line:
        return f"the answer lacks the last line with `{habits.last_line}` that the others have: is it cut off?"
    if habits.ended and not _is_ended(answer):
        return f"the answer seems cut off: it ends in `{' '.join(answer.split())[-20:]}`"
    return ""


def _is_json(answer: str) -> bool:
    try:
        msgspec.json.decode(answer)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return False
    return True


def _is_ended(answer: str) -> bool:
    """True where the last sign is no letter, comma, hyphen or opening bracket (letters without case end anything)."""
    last = answer.rstrip()[-1:]
    if last.isalpha():
        return not (last.isupper() or last.islower())
    return last not in ",-–—([{<`*_/\\=+" or answer.rstrip().endswith(("```", "**"))


def _last_line_sign(answer: str) -> str:
    """What opens the last line, where that is a sign and no word."""
    line = answer.rstrip().rpartition("\n")[2]
    sign = line.partition(" ")[0]
    return sign if sign and line != answer.rstrip() and not any(map(str.isalnum, sign)) else ""
