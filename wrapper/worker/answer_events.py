"""What the evaluation worker tells the core: each answer as lm-eval gives it, with its share of the seconds."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

STARTED = time.monotonic()


class Events:
    """JSON lines that the core reads while this runs."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def emit(self, event: str, **values: object) -> None:
        record = {"event": event, "elapsed_seconds": round(time.monotonic() - STARTED, 3), **values}
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(record) + "\n")


class Answers:
    """Sends each answer to the core as lm-eval's cache hook hears of it, with its share of its batch's seconds."""

    def __init__(self, events: Events, tokenizer) -> None:
        self.events, self.tokenizer = events, tokenizer
        self.parent = os.getppid()

    def expect(self, name: str, questions: list[dict], lengths: list[int], longest: int) -> None:
        """The next answers are to these questions, which have so many tokens; a longer prompt is cut."""
        self.name, self.lengths, self.longest = name, lengths, longest
        self.open = defaultdict(list)  # request: (question, choice) that wait for it
        self.values: dict[int, list] = {}
        for index, question in enumerate(questions):
            self.values[index] = [None] * max(1, len(question["choices"]))
            for place, choice in enumerate(question["choices"] or [None]):
                self.open[(question["prompt"], choice)].append((index, place))
        self.last, self.share = time.monotonic(), 0.0

    def on_batch(self, rows: int) -> None:
        if os.getppid() != self.parent:  # nobody waits for the answers or counts their cost any more
            sys.exit("thriftune is gone")
        now = time.monotonic()
        self.share, self.last = (now - self.last) / rows, now

    def add_partial(self, kind: str, request: tuple, answer: object) -> None:
        """What lm-eval calls with each answer: (prompt, settings) and a text, or (prompt, choice) and a score."""
        prompt, choice = request
        waiting = self.open[(prompt, choice if kind == "loglikelihood" else None)]
        if not waiting:
            return
        index, place = waiting.pop(0)
        values = self.values[index]
        values[place] = answer
        if None not in values:
            self._send(index, kind, values)

    def _send(self, index: int, kind: str, values: list) -> None:
        if not self.share:
            self.on_batch(1)
        told: dict[str, object] = {
            "task": self.name,
            "index": index,
            "prompt_tokens": self.lengths[index],
            "cut": self.lengths[index] > self.longest,
            "seconds": round(self.share, 6),
        }
        if kind == "loglikelihood":
            told["loglikelihoods"] = [float(value[0]) for value in values]
            self.share = 0.0
        else:
            told["response"] = values[0]
            told["generated_tokens"] = len(self.tokenizer(values[0], add_special_tokens=False)["input_ids"])
        self.events.emit("answer", **told)
