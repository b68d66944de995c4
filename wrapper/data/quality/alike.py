"""When two rows say the same, and when their answers disagree: decided on words, not on a hash of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from wrapper.data.normalise import compact, signs, words
from wrapper.data.quality.signatures import Texts
from wrapper.data.rows import Row

_SIGNED = re.compile(r"-?\d+(?:[.,:]\d+)*")
LEAST_WORDS = 20  # in shorter texts a single word makes another question: they may differ in spelling only
EDITS = 4  # three words, one of them parted in two or joined with its neighbour
SHORT_WORDS = 7  # an answer that is shorter, such as a label or a number, agrees with its equal only
_CODE = re.compile(
    r"(?is)\s*(?:select\b.+\bfrom\b|insert into\b|update \w+ set\b|delete from\b|create table\b|def \w+\(|class \w+[:(]"
    r"|function \w*\(|(?:const|let|var) \w+ = .*;)"
)
_CONCLUSION_WORDS = 5
_MISSPELT_CHARACTERS = 3  # a misspelt word differs in no more of them, and shares at least so much
_MISSPELT_SHARE = 0.6
_MISSPELT_LEAST_WORDS = 4  # `car` is no misspelt `cat`
# words that turn the meaning of a text; punctuation, as in `isn't`, is gone by then
_ENGLISH = "no not never none cannot cant wont dont doesnt didnt isnt arent wasnt without yes true false asc desc"
_OTHERS = "nicht kein keine keinen nie nein ja ohne ne pas non jamais oui sans nunca sin"
TURNING_WORDS = frozenset((*_ENGLISH.split(), *_OTHERS.split()))
_KEPT = 50_000  # wordings kept at hand


def allowed_edits(count: int) -> int:
    """Word edits that leave a text of so many words the same."""
    return EDITS if count >= LEAST_WORDS else 0


def question(row: Row) -> str:
    """What is asked: every turn before the answer but the system prompt."""
    if len(row.messages) == 1:
        return row.messages[0].content
    return "\n".join(turn.content for turn in row.messages if turn.role != "system")


def system_text(row: Row) -> str:
    return row.messages[0].content if row.messages[0].role == "system" else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """A row's input and answer as words; those of the input as ids, `own_words` without those of a template."""

    input_words: list[int]
    own_words: list[int]
    answer_words: list[str]
    compact_input: str
    compact_answer: str
    signs: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Likeness:
    """How two rows compare.

    `same_input`: nothing but case, punctuation and spacing differs. `duplicate`: the inputs differ in few words at
    most, and the answers agree; `reworded`: they differ in words, not in spelling only. `misspelt`: the inputs differ
    in spelling or a particle only, and the answers, which disagree, do not follow that difference. `similarity` is
    the share of the words, of inputs and answers together, that no edit touches.
    """

    same_input: bool
    answers_agree: bool
    duplicate: bool
    reworded: bool
    misspelt: bool
    similarity: float


TWINS = Likeness(
    same_input=True, answers_agree=True, duplicate=True, reworded=False, misspelt=False, similarity=1.0
)


class Comparer:
    """Compares rows by their place; what was looked at last is kept at hand."""

    def __init__(self, rows: Sequence[Row], texts: Texts) -> None:
        self._rows = rows
        self._texts = texts
        self.wording = lru_cache(maxsize=_KEPT)(self._wording)

    def _wording(self, index: int) -> Wording:
        row = self._rows[index]
        asked = question(row)
        every, own = self._texts.ids(index)
        return Wording(
            input_words=every,
            own_words=own,
            answer_words=words(row.answer),
            compact_input=compact(asked),
            compact_answer=compact(row.answer),
            signs=signs(asked),
        )

    def agree(self, first: int, second: int) -> bool:
        """True where one answer says no other than the other."""
        one, other = self.wording(first), self.wording(second)
        return _answers_agree(one, other, self._rows[first].answer, self._rows[second].answer)

    def compare(self, first: int, second: int) -> Likeness:
        if self._rows[first].row_id == self._rows[second].row_id:
            return TWINS
        one, other = self.wording(first), self.wording(second)
        inputs = max(len(one.own_words), len(other.own_words))
        answers = max(len(one.answer_words), len(other.answer_words))
        allowed = allowed_edits(inputs + answers)
        same = one.compact_input == other.compact_input and _signs_agree(one.signs, other.signs)
        input_edits = 0 if same else _edits(one.own_words, other.own_words)
        spelt_alike = not same and self._spelt_alike(first, second)
        near = same or spelt_alike or self._is_reworded(first, second)
        agree = self.agree(first, second)
        answer_edits = _edits(one.answer_words, other.answer_words)
        if one.compact_answer == other.compact_answer:
            answer_edits = 0
        in_all = input_edits + answer_edits
        kept = answers >= LEAST_WORDS and input_edits <= inputs // 2 and in_all <= allowed
        return Likeness(
            same_input=same,
            answers_agree=agree,
            duplicate=agree and (near or kept),
            reworded=not (same or spelt_alike),
            misspelt=not same and not agree and spelt_alike and self._unrelated(first, second),
            similarity=round(max(0.0, 1 - in_all / max(1, inputs + answers)), 3),
        )

    def _spelt_alike(self, first: int, second: int) -> bool:
        """True where the inputs have the same numbers and differ in the spelling of words or in a particle only."""
        one, other = (question(self._rows[index]).lower() for index in (first, second))
        if abs(len(one) - len(other)) > _MISSPELT_CHARACTERS or _SIGNED.findall(one) != _SIGNED.findall(other):
            return False
        return self.wording(first).signs == self.wording(second).signs and _misspelt(words(one), words(other))

    def _is_reworded(self, first: int, second: int) -> bool:
        one, other = self.wording(first), self.wording(second)
        allowed = allowed_edits(max(len(one.own_words), len(other.own_words)))
        few = _edits(one.own_words, other.own_words) <= allowed or _frame_edited(one, other)
        return few and not self._asks_otherwise(first, second)

    def _asks_otherwise(self, first: int, second: int) -> bool:
        """True where one long text is followed by another last line, as by two questions on one document."""
        head, _, last = question(self._rows[first]).rstrip().rpartition("\n")
        other_head, _, other_last = question(self._rows[second]).rstrip().rpartition("\n")
        if not head or not other_head or compact(last) == compact(other_last):
            return False
        return compact(head) == compact(other_head) and not _misspelt(words(last), words(other_last))

    def _unrelated(self, first: int, second: int) -> bool:
        """True where the answers do not differ in a word in which the inputs differ."""
        one, other = self.wording(first), self.wording(second)
        asked = set(words(question(self._rows[first]))) ^ set(words(question(self._rows[second])))
        return not asked & (set(one.answer_words) ^ set(other.answer_words))


def _frame_edited(one: Wording, other: Wording) -> bool:
    """True where both have the same words of their own, and few words of the template around them were edited."""
    own, other_own = Counter(one.own_words), Counter(other.own_words)
    if not (own <= other_own or other_own <= own):
        return False
    allowed = allowed_edits(max(len(one.input_words), len(other.input_words)))
    return _edits(one.input_words, other.input_words) <= allowed


def _misspelt(one: Sequence[str], other: Sequence[str]) -> bool:
    """True where the words that only one text has look like those that only the other has, or are a particle."""
    from rapidfuzz.distance import Levenshtein

    if min(len(one), len(other)) < _MISSPELT_LEAST_WORDS:
        return False
    counted, counted_other = Counter(one), Counter(other)
    here, there = " ".join((counted - counted_other).elements()), " ".join((counted_other - counted).elements())
    if not here or not there:
        added = here or there
        return len(added) <= _MISSPELT_CHARACTERS and added not in TURNING_WORDS
    if Levenshtein.distance(here, there) > _MISSPELT_CHARACTERS:
        return False
    return Levenshtein.normalized_similarity(here, there) >= _MISSPELT_SHARE


def _signs_agree(one: str, other: str) -> bool:
    """`2+3` and `2-3` have the same letters and digits; where one text has lost all its signs they may be one."""
    return one == other or not one or not other


def _answers_agree(one: Wording, other: Wording, text: str, other_text: str) -> bool:
    """JSON goes by its values, code and short answers by every word and sign, prose by all but few words."""
    values, other_values = json_value(text), json_value(other_text)
    if values is not None and other_values is not None:
        return values == other_values
    count = max(len(one.answer_words), len(other.answer_words))
    if one.compact_answer == other.compact_answer:
        if not _signs_agree(signs(text), signs(other_text)):
            return False
        return count >= SHORT_WORDS or _SIGNED.findall(text) == _SIGNED.findall(other_text)
    if count < SHORT_WORDS or values is not None or _CODE.match(text) or _turns(one.answer_words, other.answer_words):
        return False
    if _conclusions_differ(one.answer_words, other.answer_words):
        return False
    return _edits(one.answer_words, other.answer_words) <= (allowed_edits(count) or count // 5)


def opens_json(text: str) -> bool:
    """True where a text begins as an object or array does."""
    return text.lstrip().startswith(("{", "["))


def json_value(text: str) -> object:
    """The value of an answer that is an object or array, with its keys in order; else None."""
    if not opens_json(text):
        return None
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None


def _turns(one: Sequence[str], other: Sequence[str]) -> bool:
    """True where the answers differ in words only that turn the meaning, such as `not`, or `yes` for `no`."""
    counted, counted_other = Counter(one), Counter(other)
    differing = (counted - counted_other) + (counted_other - counted)
    return bool(differing) and all(word in TURNING_WORDS for word in differing)


def _conclusions_differ(one: Sequence[str], other: Sequence[str]) -> bool:
    """True where both answers end in a number: in another one, or in one that the other's end does not have."""
    first, second = _numbers_at_end(one), _numbers_at_end(other)
    if not (first and second) or first[-1] == second[-1]:
        return False
    if len(one) == len(other) and one[-1] == first[-1] and other[-1] == second[-1]:
        return True
    return first[-1] not in second and second[-1] not in first


def _numbers_at_end(answer: Sequence[str]) -> list[str]:
    return [word for word in answer[-_CONCLUSION_WORDS:] if word.strip("$€£¥%").isdigit()]


def _edits(one: Iterable[int] | Iterable[str], other: Iterable[int] | Iterable[str]) -> int:
    """Words that would have to be replaced, left out or put in; their order does not count."""
    counted, counted_other = Counter(one), Counter(other)
    return max((counted - counted_other).total(), (counted_other - counted).total())
