"""Whether a label that stands in a text is given as the answer, or denied, or is a word of everyday speech."""

from __future__ import annotations

import re

_EVERYDAY = r"yes|no|none|others?|true|false|maybe|neither|both|ja|nein|oui|non|si|sí|não|sim|да|нет"
_LONGEST_LEAD = 100  # characters before a label that are looked at
_MARKS = r"[ \t\"'`*_(\[“]"
_VERBS = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|would|should|might|must|need)n'?t|can'?t|won'?t"
_NEGATORS = (
    rf"not|non|no|never|neither|nor|cannot|without|nothing|{_VERBS}"
    r"|nicht|kein(?:e|en|er|em|es)?|nie|pas|ningún|ninguna|não|niet|geen|ikke|inte|не"
)
_AFFIRMED = r"only|just|merely|simply|nur|doubt|question|seulement|solo|sólo"  # `not only`, `no doubt`
_TURNS = (
    r"but|rather|instead|so|because|since|although|though|however|therefore|thus|hence|sondern|aber|mais|pero|sino|но"
)
_DENIED = re.compile(
    rf"(?<![^\W_])(?:{_NEGATORS})(?:{_MARKS}+(?!(?:{_TURNS}|{_AFFIRMED})\b)[^\W_]+(?:'[^\W_]+)?){{0,3}}{_MARKS}+$"
)
_DENIED_CJK = re.compile(r"(?:不|不是|不属于|不屬於|并非|並非|没有|沒有|非|无|無)[ \"'「“]*$")
_ASKED_FOR = (
    r"answer|label|class|category|sentiment|verdict|result|intent|prediction|output|classification|decision|response"
    r"|conclusion|option|choice|antwort|ergebnis|réponse|respuesta|risposta|ответ"
)
_IS = r"(?:is|are|was|be|would be|should be|ist|est|es|è)"
_ANNOUNCED = re.compile(rf"(?:(?<!\w)(?:{_ASKED_FOR})[\"'`*]*\s*(?:{_IS})?|[:=>→：])[^\w\n]*$")
_SAID = re.compile(rf"(?<!\w)(?:{_IS}|say|think|guess|choose|so|thus|therefore|hence)[^\w\n.;!?]*$")
_LISTED = re.compile(rf"(?<!\w)(?:{_EVERYDAY})(?: (?:and|or|und|oder|et|ou) | ?/ ?)[^\w\n]*$")
_EVERYDAY_ALONE = re.compile(_EVERYDAY)
_CLAUSE_END = re.compile(r"[^\w\n]*(?:$|\n|[.,;:!)\]}]| (?:because|since|as)\b)")


def is_denied(text: str, start: int) -> bool:
    """A negator stands before the label at `start`, at most three words away and in the same clause."""
    lead = text[max(0, start - _LONGEST_LEAD) : start]
    return bool(_DENIED.search(lead) or _DENIED_CJK.search(lead))


def is_everyday(key: str) -> bool:
    """One of the words that a sentence may hold without giving them as its answer."""
    return bool(_EVERYDAY_ALONE.fullmatch(key))


def is_answer(text: str, start: int, end: int) -> bool:
    """Whether the everyday word there is meant as a label: `no` is, `I have no idea` is not.

    It opens the answer, or fills a line, or follows what announces it (`answer:`), or ends a clause that says it
    (`the statement is true.`), or is listed beside another that may do so (`yes or no`).
    """
    lead = text[max(0, start - _LONGEST_LEAD) : start]
    line = text.rfind("\n", 0, start) + 1
    if not any(char.isalnum() for char in text[:start]) or _ANNOUNCED.search(lead) or _LISTED.search(lead):
        return True
    if not _CLAUSE_END.match(text, end):
        return False
    fills_line = not any(char.isalnum() for char in text[line:start] + text[end:].partition("\n")[0])
    return fills_line or bool(_SAID.search(lead))
