"""Likeness to a gold text, from 0 to 1: ROUGE-L by words, chrF by characters."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from wrapper.evaluation.graders.grade import Grade
from wrapper.evaluation.graders.protocol import right, ungradable
from wrapper.evaluation.graders.text import without_thinking

if TYPE_CHECKING:
    from sacrebleu.metrics.chrf import CHRF

# a character of a script that parts no words, or a run of letters, digits and their marks
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD = rf"(?V1)[{_UNSPACED}]\p{{M}}*|[[\p{{L}}\p{{N}}\p{{M}}]--[{_UNSPACED}]]+"


@lru_cache(maxsize=1)
def _word() -> Any:
    import regex

    return regex.compile(_WORD)


def words(text: str) -> list[str]:
    """Lower-case words in any script; for ASCII text those of rouge-score without its stemmer."""
    found: list[str] = _word().findall(unicodedata.normalize("NFKC", text).casefold())
    return found


@dataclass(frozen=True, kw_only=True)
class RougeL:
    """F1 of the longest common subsequence of words (Lin 2004), as rouge-score counts it, in any script."""

    name: str = "rouge_l"
    binary: bool = False

    def grade(self, response: str, gold: str) -> Grade:
        from rapidfuzz.distance import LCSseq

        bare = without_thinking(response)
        got, wanted = words(bare), words(gold)
        if not wanted:
            return ungradable("the gold answer holds no words")
        common = LCSseq.similarity(got, wanted)
        score = 2 * common / (len(got) + len(wanted))
        if score == 1:
            return right(bare)
        parts = {"precision": common / len(got) if got else 0.0, "recall": common / len(wanted)}
        return Grade(
            score=score,
            answer=bare,
            explanation=f"{common} of {len(wanted)} gold words in order, among {len(got)}",
            parts=parts,
        )


@lru_cache(maxsize=1)
def _scorer() -> CHRF:
    from sacrebleu.metrics.chrf import CHRF

    return CHRF()


@dataclass(frozen=True, kw_only=True)
class Chrf:
    """chrF2 of sacrebleu for the one answer, as a share: character n-grams up to 6, white space left out.

    `junk_score` was measured: four words of random consonants score at most 0.18 against a gold answer of one
    character that is among them, and below 0.1 against sentences.
    """

    name: str = "chrf"
    binary: bool = False
    junk_score: float = 0.2

    def grade(self, response: str, gold: str) -> Grade:
        bare = without_thinking(response)
        if not gold.strip():
            return ungradable("the gold answer is empty")
        if "".join(bare.split()) == "".join(gold.split()):
            return right(bare)
        score = min(1.0, _scorer().sentence_score(bare, [gold]).score / 100)
        return Grade(score=score, answer=bare, explanation="differs from the gold answer")
