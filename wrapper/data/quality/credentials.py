"""Keys, tokens and passwords that stand in rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from wrapper.data.quality.findings import Finding
from wrapper.data.quality.sightings import find_sightings
from wrapper.data.rows import Row

if TYPE_CHECKING:
    from wrapper.data.quality.credential_forms import Detector

_LONG_RUN = re.compile(r"[A-Za-z0-9_-]{20}")  # every key and token has one
_NAMED = re.compile(r"(?i)(?:passw|passp|pwd|key|token|secret)[a-z]{0,3}[\"'`]?\s{0,2}(?:[:=]|is\b)")
_PLACEHOLDERS = re.compile(
    r"(?i)example|placeholder|x{4}|\*{3}|\.{3}|your|dummy|sample|redacted|change.?me|insert|fake|foobar|12345678|abcdef"
    r"|[<>{}$%]|0{8}|IkpvaG4gRG9lI"  # the last is `"John Doe"` in the sample of jwt.io
    r"|([A-Za-z])\1{9}"
)
_WORDS_FOR_PASSWORDS = re.compile(r"(?i)pass|pwd|secret|token|user|admin|login|test|abc123|qwert|^pw$|^\d+$")
_NO_PASSWORD = re.compile(r"(?i)^(?:sha|md5|utf|base|aes|rsa|oauth|bcrypt|argon|https?:|\d+[-.]|[\w]+[.:/])")
_LEAST_DISTINCT = 8  # different characters in a key that is one
_KEY_BODY = re.compile(r"\s*(?:-{5})?(?:\\r|\\n|[\sA-Za-z0-9+/=]){60}")
_ESCAPES = ("\\n", "\\r", "\\t")


def find_secrets(rows: Sequence[Row]) -> list[Finding]:
    """At most one finding a row and kind of secret, in the order of the rows; placeholders are none."""
    from wrapper.data.quality.credential_forms import DETECTORS, PASSWORD

    def search(text: str) -> Iterable[tuple[str, str]]:
        return _matches(text, DETECTORS) if _is_worth_a_look(text) else ()

    return find_sightings("secret", rows, search, severities={PASSWORD: "warning"})


def _is_worth_a_look(text: str) -> bool:
    if _LONG_RUN.search(text) or "://" in text:
        return True
    lower = text.lower()
    named = "passw" in lower or "passp" in lower or "pwd" in lower or "key" in lower
    return (named or "token" in lower or "secret" in lower) and _NAMED.search(text) is not None


def _matches(text: str, detectors: Sequence[Detector]) -> Iterator[tuple[str, str]]:
    """Each secret once, by the longest form that it has; a name before it counts where it has no form."""
    from wrapper.data.quality.credential_forms import PASSWORD

    spans = sorted(_spans(text, detectors), key=lambda span: (span[2] == PASSWORD, span[0], -span[1]))
    taken = bytearray(len(text) if len(spans) > 1 else 0)
    for start, end, kind in spans:
        if not any(taken[start:end]):
            yield kind, text[start:end]
        if taken:
            taken[start:end] = b"\1" * (end - start)


def _spans(text: str, detectors: Sequence[Detector]) -> Iterator[tuple[int, int, str]]:
    """Where each secret begins and ends; the forms overlap."""
    for detector in detectors:
        if not any(sign in text for sign in detector.signs):
            continue
        for pattern in detector.plugin.denylist:
            for match in pattern.finditer(text):
                start, end = match.span("value" if "value" in pattern.groupindex else 0)
                if _stands_alone(text, match) and _is_secret(detector, match, text[start:end], text):
                    yield start, end, detector.kind


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    """False inside a longer run of letters and digits, such as an image in base64."""
    start = match.start()
    before = text[start - 1 : start]
    return not (before.isalnum() and match[0][0].isalnum()) or text[start - 2 : start] in _ESCAPES


def _is_secret(detector: Detector, match: re.Match[str], value: str, text: str) -> bool:
    from wrapper.data.quality.credential_forms import PASSWORD, PRIVATE_KEY, URL_PASSWORD

    if detector.kind.endswith(PRIVATE_KEY.removeprefix("a ")):
        return _KEY_BODY.match(text, match.end()) is not None
    if _PLACEHOLDERS.search(value):
        return False
    if detector.kind == URL_PASSWORD:
        user, _, password = value[3:-1].partition(":")
        return password != user and not _WORDS_FOR_PASSWORDS.search(password)
    if detector.kind == PASSWORD:
        return _is_password(value)
    return len(set(value)) >= _LEAST_DISTINCT and any(detector.plugin.analyze_string(match[0]))


def _is_password(value: str) -> bool:
    """True for letters with digits that neither name a password nor a thing of code."""
    password = value.rstrip(".:!?")
    mixed = any(map(str.isdigit, password)) and any(map(str.isalpha, password))
    return mixed and not _WORDS_FOR_PASSWORDS.search(password) and not _NO_PASSWORD.search(password)
