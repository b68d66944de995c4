"""Chats, their texts, and the sources that clean ones come from."""

from __future__ import annotations

import csv
import json
import random
import re
from collections.abc import Iterator, Mapping
from itertools import accumulate
from pathlib import Path

Chat = tuple[Mapping[str, str], ...]
_COMMON = """
the of and to a in is it you that he was for on are with as his they be at one have this from or had by hot but some
what there we can out other were all your when up use word how said an each she which do their time if will way about
many then them would write like so these her long make thing see him two has look more day could go come did my sound
no most number who over know water than call first people may down side been now find any new work part take get place
made live where after back little only round man year came show every good me give our under
"""


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


def count_words(text: str) -> int:
    return len(text.split())


def synthetic(count: int, seed: int, words: tuple[int, int] = (20, 70)) -> Iterator[Chat]:
    """Made-up sentences whose words follow Zipf's law: common English ones first, then two or three of them as one.

    A tokenizer makes about as many tokens of them as of English, 4.3 bytes each; of made-up syllables it makes more.
    """
    chance = random.Random(seed)
    common = _COMMON.split()
    invented = ("".join(chance.choices(common, k=chance.choice((2, 2, 2, 3)))) for _ in range(30_000))
    vocabulary = list(dict.fromkeys([*common, *invented]))
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
