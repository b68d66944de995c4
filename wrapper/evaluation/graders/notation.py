"""LaTeX and typographic notation of numbers rewritten as plain text: `\\frac{1}{2}` and `½` as `1/2`."""

from __future__ import annotations

import re
import unicodedata

OPAQUE = "\ufffc"  # stands for what is a number but is not read as one: a root, a logarithm, pi
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_ARABIC = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٬٫٪", "01234567890123456789,.%")
_MINUS = re.compile(
    r"(?<![\d)\]%}])(?<![\d)\]%}] )(?<!\b[a-z] )\b(?:minus|negative)\s+(?=[$€£¥₹]?\s?\.?\d)", re.IGNORECASE
)
_RAISED = re.compile(r"[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_VULGAR = re.compile(r"(\d?)([¼-¾⅐-⅞])")
_WRAPPED = re.compile(r"\\(?:text|textbf|mathrm|mathbf|mbox)\s*\{([^{}]*)\}")
_EXPONENT = re.compile(r"\^\{([^{}]{0,99})\}")
_PLAIN_EXPONENT = re.compile(r"[-−+]?\d{1,9}")
_COMMAND = re.compile(r"\\(?:(?P<fraction>[dtc]?frac)|sqrt|binom|log|ln|exp|sin|cos|tan)(?![A-Za-z])")
_ROOT = re.compile(r"[√∛]\s*(?:\d+(?:\.\d+)?|\([^()]{0,99}\)|\{[^{}]{0,99}\})?")
_CONSTANT = re.compile(r"\\(?:pi|tau|infty)(?![A-Za-z])|[πτ∞]")
_BRACE = re.compile(r"[{}]")
_LONGEST_GROUP = 500  # characters; a model caught in a loop opens thousands of braces
_INTEGER = re.compile(r"\s*\d+\s*")
_SPELLINGS = (
    (re.compile(r"\\(?:left|right|!)"), ""),
    (re.compile(r"\\([$%])"), r"\1"),
    (re.compile(r"\\[,;:]"), "\u202f"),
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"\^\{?\\circ\}?"), "°"),
    (re.compile(r"\\(?:times|cdot)(?![A-Za-z])|[×·⋅]"), "*"),
    (re.compile("⁄"), "/"),
)


def plain(text: str) -> str:
    """One spelling of fractions, powers and signs; what is no number notation stays as it is."""
    text = _MINUS.sub("-", _VULGAR.sub(_vulgar, text.translate(_ARABIC)))
    text = _RAISED.sub(lambda match: "^" + match[0].translate(_SUPERSCRIPTS), text)
    for pattern, spelling in _SPELLINGS:
        text = pattern.sub(spelling, text)
    text = _commands(_WRAPPED.sub(r" \1", text))
    text = _CONSTANT.sub(OPAQUE, _ROOT.sub(OPAQUE, text))
    return _EXPONENT.sub(lambda match: "^" + _exponent(match[1].strip()), text)


def _vulgar(match: re.Match[str]) -> str:
    return f"{match[1]}{' ' if match[1] else ''}{unicodedata.normalize('NFKC', match[2])} "


def _exponent(text: str) -> str:
    return text if _PLAIN_EXPONENT.fullmatch(text) else OPAQUE


def group_end(text: str, start: int) -> int | None:
    """Index past the brace that closes the one at `start`; None where it stays open for long."""
    depth = 0
    for match in _BRACE.finditer(text, start, start + _LONGEST_GROUP):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.end()
    return None


def _commands(text: str) -> str:
    """Fractions of whole numbers as `1/2`, other fractions and functions as `OPAQUE`."""
    parts, done = [], 0
    while match := _COMMAND.search(text, done):
        parts.append(text[done : match.start()])
        arguments, done = _arguments(text, match.end(), 2 if match["fraction"] else 1)
        before = parts[-1][-1:]
        if match["fraction"] and len(arguments) == 2 and all(map(_INTEGER.fullmatch, arguments)):
            top, bottom = (argument.strip() for argument in arguments)
            parts.append(f"{' ' if before.isdigit() else ''}{top}/{bottom}")
        else:
            parts.append(OPAQUE)
    return "".join([*parts, text[done:]])


def _arguments(text: str, start: int, count: int) -> tuple[list[str], int]:
    """What stands in braces after a command, or a digit without them; and where it ends."""
    found: list[str] = []
    while len(found) < count:
        if text[start : start + 1].isdecimal():
            found.append(text[start])
            start += 1
        elif text[start : start + 1] == "{" and (end := group_end(text, start)):
            found.append(text[start + 1 : end - 1])
            start = end
        else:
            break
    return found, start
