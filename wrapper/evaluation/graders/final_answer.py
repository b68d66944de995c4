"""Which of the numbers in a worked answer is the final one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from wrapper.evaluation.graders.quantity import Quantity

_WORD = r"[^\W\d_]"
_ANSWER = r"answer|antwort|réponse|respuesta|risposta|ответ"
_ABOUT = (
    r"about|approximately|approx|roughly|around|exactly|simply|just|therefore|thus|then|equal|to|equals|a|an|the|total"
    r"|of|usd|eur|rs|inr|gbp"
)
_LEAD = rf"[^\w.!?]{{0,20}}(?:(?:{_ABOUT})\b[^\w\n]*){{0,4}}(?:\b[a-z]\s*=\s*)?[^\w\n]*$"
_STATED = re.compile(
    rf"(?:\b(?:{_ANSWER})[*_\"']*\s+(?:is|was|are|would be|should be|must be|equals|ist|lautet|est|es|è)\b"
    rf"|答案是|答案为)[*_\s]*:?{_LEAD}|\bfinal\s+(?:{_ANSWER})\b[*_\"']*\s*(?:is\b|[:=])?{_LEAD}",
    re.IGNORECASE,
)
_HEADED = re.compile(rf"(?:\b(?:{_ANSWER})\b|答案|答え)[*_\"']*\s*[:：=][*_\s]*{_LEAD}", re.IGNORECASE)
_LONGEST_LEAD = 120  # characters before a number that are looked at
_UNIT = rf"[ %°$€£*_]*(?:{_WORD}+\.?(?:[ *_]{_WORD}+){{0,3}})?"
_LINE_END = re.compile(rf"{_UNIT}[^\w\n]*(?:$|\n|[(\[]|\b(?:out of|because|since|as)\b)")
_SENTENCE_END = re.compile(rf"{_UNIT}[*_]*[.!]\s")
_LONGEST_UNIT = 200
_LIST_MARK = re.compile(r"[.)]\s+\w")
_OPERATOR = re.compile(rf"(?:\s*{_WORD}{{2,}}){{0,2}}\s*[=+*/×÷·−-]\s*(?:[($€£]\s*)?")
_ASIDE = re.compile(r"[^\s=+*/×÷−^(\[-][ \t*_$]+(?:\((?P<round>[^()\n]*)\)|\[(?P<square>[^\[\]\n]*)\])[\s.!*_$]*$")


def final_of(text: str, found: Sequence[Quantity]) -> Quantity:
    """The number that is announced as the answer (`the answer is 18`), else the last that is no aside."""
    for place in range(len(found) - 1, -1, -1):
        lead = text[max(0, found[place].start - _LONGEST_LEAD) : found[place].start]
        if _STATED.search(lead):
            return _outcome(text, found[place:])
        if _HEADED.search(lead) and _stands_alone(text, found[place]):
            return found[place]
    return _before_aside(text, found)


def _stands_alone(text: str, number: Quantity) -> bool:
    """Nothing but a unit follows on its line, or in its sentence before more talk: `Answer:` may open a working."""
    after = text[number.end : number.end + _LONGEST_UNIT]
    if number.value == 1 and _LIST_MARK.match(after):
        return False
    return bool(_LINE_END.match(after)) or (bool(_SENTENCE_END.match(after)) and "=" not in text[number.end :])


def _outcome(text: str, found: Sequence[Quantity]) -> Quantity:
    """18 of `18`, of `10 + 8 = 18` and of `18 = 10 + 8`."""
    sides = [[found[0]]]
    for last, one in pairwise(found):
        between = text[last.end : one.start]
        if not _OPERATOR.fullmatch(between):
            break
        if "=" in between:
            sides.append([])
        sides[-1].append(one)
    single = [side[0] for side in sides if len(side) == 1]
    return single[-1] if single and len(sides) > 1 else sides[-1][-1]


def _before_aside(text: str, found: Sequence[Quantity]) -> Quantity:
    """The last number before brackets at the end (`18 (see step 2)`), unless they hold a working."""
    aside = _ASIDE.search(text)
    if not aside or "=" in (aside["round"] or aside["square"] or ""):
        return found[-1]
    start, line = aside.start() + 1, text.rfind("\n", 0, aside.start()) + 1
    before = [one for one in found if line <= one.start and one.end <= start]
    return before[-1] if before else found[-1]
