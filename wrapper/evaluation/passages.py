"""Passages of the user's documents: cut along their headings, found by BM25, and put before the question.

Only words are compared; there are no embeddings.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from wrapper.data.normalise import normalise
from wrapper.data.rows import Message, Row
from wrapper.evaluation.bm25 import PAIRED, nearest
from wrapper.evaluation.document_files import Document, read_documents
from wrapper.evaluation.headings import Heading, headings_of
from wrapper.evaluation.prompts import before_input

__all__ = [
    "Document",
    "Passage",
    "before_question",
    "chunk",
    "nearest_passages",
    "read_documents",
    "standing_in_documents",
]

# sizes of a passage, in words; what has no spaces counts by pairs of characters, long runs by 24 characters
_LEAST, _MOST, _SLACK, _OVERLAP = 120, 180, 20, 20
_OWN_PASSAGE = 60  # a section with fewer words goes on with the next one
_WORD = re.compile(rf"[{PAIRED}]{{1,2}}|[^\s{PAIRED}]{{1,24}}")
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")
_PARAGRAPH, _SENTENCE, _LINE = 4, 3, 2  # what ends before a word, the best place to cut first

_INSTRUCTION = "Passages from our documents. Use those that help with the message below, and ignore the others."
_FEWEST_CHARACTERS = 12  # shorter inputs stand in any text by chance
_NEAR = 300  # characters between an input and its answer


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A piece of a document, under the headings that it stands under; `start_line` counts from 1 in the document."""

    document: str
    start_line: int
    text: str


def chunk(documents: Iterable[Document]) -> list[Passage]:
    """Passages of about 120 to 200 words, in the order of the documents; the last words of one begin the next.

    They end with a section where it is long enough, else with a paragraph, a sentence or a line.
    """
    return [passage for document in documents for passage in _passages_of(document)]


def nearest_passages(passages: Sequence[Passage], queries: Sequence[str], k: int) -> list[list[int]]:
    """Indices of the k passages nearest by BM25, nearest first, for each query."""
    return nearest((passage.text for passage in passages), queries, k)


def before_question(turns: tuple[Message, ...], passages: Sequence[Passage]) -> tuple[Message, ...]:
    """The passages, numbered and named, at the head of the last turn of the user; the turns alone without any."""
    if not passages:
        return turns
    shown = [f"[{number}] {passage.document}\n{passage.text}" for number, passage in enumerate(passages, start=1)]
    return before_input(turns, "\n\n".join([_INSTRUCTION, *shown, "---"]))


def standing_in_documents(documents: Sequence[Document], rows: Sequence[Row]) -> int:
    """How many rows stand in a document word for word, the input with the answer beside it.

    A document that has answers is what retrieval is for; one that has the test rows themselves is not.
    """
    texts = [normalise(document.text) for document in documents]
    known = {word for text in texts for word in text.split()}
    asked = [(normalise(row.input_text), normalise(row.answer)) for row in rows]
    return sum(
        any(_stands_in(text, question, answer) for text in texts)
        for question, answer in asked
        if len(question) >= _FEWEST_CHARACTERS and answer and known.issuperset(question.split()[1:-1])
    )


def _stands_in(text: str, question: str, answer: str) -> bool:
    start = text.find(question)
    while start >= 0:
        end = start + len(question)
        before = text[max(0, start - _NEAR - len(answer)) : start]
        if answer in text[end : end + _NEAR + len(answer)] or answer in before:
            return True
        start = text.find(question, end)
    return False


def _passages_of(document: Document) -> Iterator[Passage]:
    text = document.text
    headings = headings_of(text, document.markup)
    starts = [heading.start for heading in headings]
    line, counted = 1, 0
    for first, last in _groups(text, headings):
        for start, end in _pieces(text, first, last):
            place = bisect_right(starts, start) - 1
            path = " > ".join(headings[place].path) if place >= 0 else ""
            line, counted = line + text.count("\n", counted, start), start
            said = text[start:end]
            yield Passage(document=document.name, start_line=line, text=f"{path}\n{said}" if path else said)


def _groups(text: str, headings: Sequence[Heading]) -> Iterator[tuple[int, int]]:
    """Start and end of the runs of sections that are cut together; the first heading of each is left to its path."""
    start = 0
    for place, heading in enumerate(headings):
        is_bare = not text[start : heading.start].strip()
        if is_bare and place and len(heading.path) <= len(headings[place - 1].path):
            start = headings[place - 1].start  # nothing under that title, and it is not in this heading's path
        elif is_bare:
            start = heading.end
        elif _has_words(text, start, heading.start, _OWN_PASSAGE):
            yield start, heading.start
            start = heading.end
    if headings and not text[start:].strip():
        start = headings[-1].start
    yield start, len(text)


def _has_words(text: str, start: int, end: int, fewest: int) -> bool:
    found = _WORD.finditer(text, start, end)
    return sum(1 for _ in zip(range(fewest), found, strict=False)) == fewest


def _pieces(text: str, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Start and end of each passage between two places.

    The next one starts with the first sentence that begins in the last words of the one before.
    """
    found = (word.span() for word in _WORD.finditer(text, first, last))
    words: list[tuple[int, int]] = []
    while True:
        words += islice(found, _MOST + _SLACK + 1 - len(words))
        if len(words) <= _MOST + _SLACK:
            break
        breaks = [_break(text, words, place) for place in range(_MOST + 1)]
        end = max(range(_LEAST, _MOST + 1), key=lambda place: (breaks[place], place))
        yield words[0][0], words[end - 1][1]
        begun = (place for place in range(end - _OVERLAP, end) if breaks[place] > _LINE)
        words = words[next(begun, end - _OVERLAP) :]
    if words:
        yield words[0][0], words[-1][1]


def _break(text: str, words: Sequence[tuple[int, int]], place: int) -> int:
    """How good it is to cut before the word at this place."""
    if place == 0:
        return 0
    end, start = words[place - 1][1], words[place][0]
    between = text[end:start]
    if between.count("\n") > 1:
        return _PARAGRAPH
    if _SENTENCE_END.search(text, words[place - 1][0], end):
        return _SENTENCE
    return _LINE if "\n" in between else 1 if between else 0
