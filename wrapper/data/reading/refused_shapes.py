"""Data sets that are no supervised examples, known by their fields, and what to do with each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_COMPARED = re.compile(r"(response|answer|output|completion|conversation|summary)s?_?[0-9abjk]")
_EMBEDDED = ({"anchor", "positive"}, {"query", "positive"}, {"query", "pos"}, {"sentence1", "sentence2"})
_PROMPTS = frozenset(("prompt", "question", "instruction", "query", "input", "system", "context"))
_TEXTS = frozenset(("text", "content"))
# fields that say something of a row, and are neither asked nor answered
_ABOUT = frozenset(
    ("id", "idx", "index", "uuid", "meta", "metadata", "source", "url", "title", "date", "timestamp", "language")
)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What a file holds in place of examples, by name, and what to do about it."""

    name: str
    hint: str


PREFERENCES = Refusal(
    name="preference pairs (two answers and which is better), not examples to copy",
    hint="name the good answer as the one to copy, such as `data: {input: prompt, output: chosen}`, "
    "or write it out as `prompt` and `completion`",
)
JUDGED = Refusal(
    name="answers judged good or bad (as for KTO), not examples to copy",
    hint="keep the rows that are judged good, as `prompt` and `completion` without the label",
)
TOKENS = Refusal(
    name="token ids (`input_ids`) of some model's tokenizer, not text",
    hint="give the text that they were made from: each model has its own tokens",
)
EMBEDDING = Refusal(
    name="pairs or triplets for an embedding model, not questions with answers",
    hint="thriftune trains models that write text; train this with sentence-transformers",
)
MULTIPLE_CHOICE = Refusal(
    name="multiple choice, whose answer is an index or letter into the choices",
    hint="write the choices into the question and the right one out, as `question` and `answer`; "
    "or name the fields as they are: `data: {input: ..., output: ...}`",
)
PLAIN_TEXT = Refusal(
    name="plain text without answers, as for pretraining",
    hint="name the file as `data.corpus` with `training.objective: text`, and give examples as `data.train`",
)
NO_ANSWERS = Refusal(
    name="prompts without answers",
    hint="add the answer to each row, as `completion`",
)


def refusal_of(record: Mapping[str, Any], names: Mapping[str, str]) -> Refusal | None:
    """Why a record is none to learn from, whatever else it holds; `names` are its fields by lower-case name."""
    if {"chosen", "rejected"} <= names.keys() or _compares(names):
        return PREFERENCES
    if "kto_tag" in names or _is_judged(record, names):
        return JUDGED
    if "input_ids" in names:
        return TOKENS
    if any(pair <= names.keys() for pair in _EMBEDDED):
        return EMBEDDING
    if {"question", "choices"} <= names.keys():
        return MULTIPLE_CHOICE
    return None


def answerless(names: Mapping[str, str]) -> Refusal | None:
    """Why a record of no known shape is none to learn from: it has nothing that could be an answer."""
    said = names.keys() - _ABOUT
    if said and said <= _TEXTS:
        return PLAIN_TEXT
    return NO_ANSWERS if said and said <= _PROMPTS else None


def _compares(names: Mapping[str, str]) -> bool:
    """Two columns of answers of one name, such as `response_0` and `response_1`."""
    stems = [found[1] for name in names if (found := _COMPARED.fullmatch(name))]
    return len(stems) > len(set(stems))


def _is_judged(record: Mapping[str, Any], names: Mapping[str, str]) -> bool:
    answered = any(name in names for name in ("completion", "response", "messages", "conversations"))
    return answered and "label" in names and isinstance(record[names["label"]], bool)
