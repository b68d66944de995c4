"""Length and form: what every answer must keep to, whatever its gold answer."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from wrapper.evaluation.graders.grade import Grade
from wrapper.evaluation.graders.options import AnswerConstraints
from wrapper.evaluation.graders.patterns import MAX_SECONDS, matches_whole
from wrapper.evaluation.graders.protocol import Contrast, ungradable, wrong
from wrapper.evaluation.graders.sentences import count_sentences
from wrapper.evaluation.graders.text import FIRST_CJK, without_thinking


def count_words(text: str) -> int:
    """Runs between white space that hold a letter or digit; of scripts without spaces, each character."""
    total = 0
    for run in text.split():
        unspaced = sum(ord(char) >= FIRST_CJK and char.isalnum() for char in run)
        total += unspaced or any(char.isalnum() for char in run)
    return total


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(frozen=True, kw_only=True)
class KeepsConstraints:
    """1 where a response that is not empty keeps all constraints; `parts` says which."""

    constraints: AnswerConstraints
    name: str = "constraints"
    binary: bool = True
    junk_score: float = 1.0  # random letters may well be short enough
    contrast: Contrast = "none"

    def grade(self, response: str, gold: str) -> Grade:
        answer = without_thinking(response)
        if not any(unicodedata.category(char)[0] not in "CZ" for char in answer):  # nothing that can be seen
            return wrong("", "empty response")
        try:
            told = dict(self._told(answer))
        except TimeoutError:
            return ungradable(f"the response takes `matches` longer than {MAX_SECONDS:g} s")
        faults = [fault for fault in told.values() if fault]
        return Grade(
            score=float(not faults),
            answer=answer,
            explanation="; ".join(faults),
            parts={name: float(not fault) for name, fault in told.items()},
        )

    def _told(self, answer: str) -> Iterator[tuple[str, str]]:
        """Each constraint with what is wrong, or nothing."""
        asked, words = self.constraints, count_words(answer)
        if asked.min_words is not None:
            yield "min_words", f"{words} words, fewer than {asked.min_words}" if words < asked.min_words else ""
        if asked.max_words is not None:
            yield "max_words", f"{words} words, more than {asked.max_words}" if words > asked.max_words else ""
        if asked.max_characters is not None:
            over = len(answer) > asked.max_characters
            yield "max_characters", f"{len(answer)} characters, more than {asked.max_characters}" if over else ""
        if asked.max_sentences is not None:
            count = count_sentences(answer)
            over = count > asked.max_sentences
            yield "max_sentences", f"{count} sentences, more than {asked.max_sentences}" if over else ""
        folded = _folded(answer)
        if asked.include:
            missing = [f"`{text}`" for text in asked.include if _folded(text) not in folded]
            yield "include", f"does not hold {', '.join(missing)}" if missing else ""
        if asked.exclude:
            held = [f"`{text}`" for text in asked.exclude if _folded(text) in folded]
            yield "exclude", f"holds {', '.join(held)}" if held else ""
        if asked.matches is not None:
            yield "matches", "" if matches_whole(asked.matches, answer) else "does not match the pattern"
