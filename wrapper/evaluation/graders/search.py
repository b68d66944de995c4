"""Answers found within a response: the gold answer as it stands, or what a pattern finds."""

from __future__ import annotations

from dataclasses import dataclass

from wrapper.evaluation.graders.grade import Grade
from wrapper.evaluation.graders.patterns import MAX_SECONDS, last_found
from wrapper.evaluation.graders.protocol import Contrast, right, ungradable, wrong
from wrapper.evaluation.graders.text import as_words, lenient, without_thinking

_TOO_SLOW = f"takes the pattern longer than {MAX_SECONDS:g} s"


@dataclass(frozen=True, kw_only=True)
class Contains:
    """The gold answer stands in the response as whole words, both as `lenient` leaves them."""

    name: str = "contains"
    binary: bool = True
    contrast: Contrast = "most"  # `New York` holds `York`

    def grade(self, response: str, gold: str) -> Grade:
        wanted = lenient(gold)
        if not wanted:
            return ungradable("the gold answer is empty")
        text = lenient(without_thinking(response), fence=False)
        return right(gold.strip()) if as_words(wanted).search(text) else wrong("", "not in the response")


@dataclass(frozen=True, kw_only=True)
class RegexMatch:
    """What a pattern finds last in the response, against the gold answer or what it finds there.

    A response that is nothing but the gold answer is right too, so that gold answers need not have the form that
    the pattern looks for.
    """

    pattern: str
    name: str = "regex"
    binary: bool = True

    def grade(self, response: str, gold: str) -> Grade:
        if not lenient(gold):
            return ungradable("the gold answer is empty")
        try:
            wanted = last_found(self.pattern, gold)
        except TimeoutError:
            return ungradable(f"the gold answer {_TOO_SLOW}")
        bare = without_thinking(response)
        try:
            found = last_found(self.pattern, bare)
        except TimeoutError:
            return ungradable(f"the response {_TOO_SLOW}")
        if lenient(bare) == lenient(gold):
            return right(found or bare)
        if found is None:
            return wrong("", "the pattern finds nothing")
        accepted = {lenient(gold)} if wanted is None else {lenient(gold), lenient(wanted)}
        return right(found) if lenient(found) in accepted else wrong(found, "differs from the gold answer")
