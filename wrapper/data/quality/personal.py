"""E-mail addresses, phone numbers, card and bank account numbers that stand in rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from wrapper.data.quality.findings import Finding
from wrapper.data.quality.sightings import find_sightings
from wrapper.data.rows import Row

EMAIL, PHONE = "an e-mail address", "a phone number"
CARD, IBAN, SSN = "a card number", "an IBAN", "a US social security number"

# each run starts where one can and is bounded: the time stays linear in the text
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])([A-Za-z0-9][A-Za-z0-9._%+-]{0,63})@((?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24})(?![\w@])"
)
_RESERVED = re.compile(  # RFC 2606 and RFC 6761, and names that stand for the reader's own
    r"(?i)(?:^|\.)(?:example\.(?:com|net|org|edu)|(?:your)?(?:domain|company|email|mail|website)\.(?:com|org|net)"
    r"|.+\.(?:example|test|invalid|local|localhost))$"
)
_NO_PERSON = frozenset(("git", "noreply", "no-reply", "donotreply", "do-not-reply", "mailer-daemon", "postmaster"))
_DIGITS = re.compile(r"\d(?:[ ()./\xa0\u2011-]{0,3}\d){6}")
_NUMBER = re.compile(r"(?<![\w.,$€£¥#=*^+])\+?\(?\d(?:[ ()./\xa0\u2011-]{0,3}\d){6,18}(?=\s?(?:x|ext)|[^\w%]|$)")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_SSN = re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\d-])")
_SSN_WORDS = re.compile(r"(?i)\bssn\b|social security")


def find_personal_data(rows: Sequence[Row]) -> list[Finding]:
    """At most one finding a row and kind, in the order of the rows; reserved and documented numbers are none."""
    return find_sightings("personal_data", rows, _search)


def _search(text: str) -> Iterable[tuple[str, str]]:
    has_email, has_digits = "@" in text, _DIGITS.search(text)
    if not has_email and not has_digits:
        return ()
    return _matches(text, has_email=has_email, has_digits=bool(has_digits))


def _matches(text: str, *, has_email: bool, has_digits: bool) -> Iterator[tuple[str, str]]:
    if has_email:
        yield from ((EMAIL, match[0]) for match in _EMAIL.finditer(text) if _is_personal(text, match))
    if not has_digits:
        return
    if _SSN_WORDS.search(text):
        yield from ((SSN, match[0]) for match in _SSN.finditer(text))
        text = _SSN.sub(lambda match: "#" * len(match[0]), text)  # some read as phone numbers of Germany too
    yield from _numbers(text)


def _is_personal(text: str, match: re.Match[str]) -> bool:
    """False for reserved domains, machines, and a password before a host in a URL."""
    person, domain = match[1].lower(), match[2]
    in_url = "://" in text[max(0, match.start() - 80) : match.start()].rpartition(" ")[2]
    return person not in _NO_PERSON and not _RESERVED.search(domain) and not in_url


def _numbers(text: str) -> Iterator[tuple[str, str]]:
    from wrapper.data.quality.number_forms import card_in, iban_in, is_phone

    rest = text
    for match in _IBAN.finditer(text):
        if account := iban_in(match[0]):
            yield IBAN, account
            rest = rest.replace(account, "#" * len(account))
    for match in _NUMBER.finditer(rest):
        number = match[0].strip("( ")
        if card_in(rest, match):
            yield CARD, number
        elif is_phone(rest, match):
            yield PHONE, number
