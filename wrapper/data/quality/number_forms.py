"""Whether digits are a card's, a bank account's or a phone's: check digits, lengths, grouping, and words near by."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import Leniency, PhoneNumberMatcher, PhoneNumberType
from stdnum import iban, luhn

_NEAR = 60  # characters before a number, and half as many after it, in which a word says what it is
_CARD_WORDS = re.compile(
    r"(?i)card|karte|carte\b|tarjeta|cart[aã]o|\bcarta\b|kaart|kort\b|credit|debit|visa|master|amex|american express"
    r"|discover|diners|maestro|unionpay|\bjcb\b|\bcv[vc]\b|\bpa(?:y|id)|charge|expir|zahl|pag[ao]|卡|カード|карт"
)
_PHONE_WORDS = re.compile(
    r"(?i)phone|\bt[eé]l\b|telefon|t[eé]l[eé]ph|tel[eé]fono|\bmobile|\bmobil\b|m[oó]vil|\bcell|celular|handy\b"
    r"|\bcall\b|\bfax\b|whatsapp|\bsms\b|rufnummer|num[eé]ro de t|\bcontact\b|reach (?:me|us|him|her|them) (?:at|on)"
    r"|电话|電話|手机|телефон"
)
# issuer identification numbers and lengths, ISO/IEC 7812, as the issuers publish them
_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}"
    r"|(?:50\d\d|5[6-8]\d\d|6304|67\d\d)\d{9,15}|(?:2131|1800)\d{11}"
)
_CARD_GROUPS = re.compile(r"\d{4}([ -])\d{4}\1\d{4}\1\d{1,4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5}|\d{13,19}")
# numbers that payment providers publish for tests, and accounts from the IBAN registry
_TEST_CARDS = frozenset(
    (
        "4111111111111111", "4242424242424242", "4000056655665556", "4012888888881881", "4222222222222",
        "5555555555554444", "5105105105105100", "2223003122003222", "5200828282828210", "378282246310005",
        "371449635398431", "6011111111111117", "6011000990139424", "30569309025904", "3056930009020004",
        "38520000023237", "3530111333300000", "3566002020360505", "4000000000000002", "6200000000000005",
    )
)  # fmt: skip
_TEST_ACCOUNTS = frozenset(
    ("GB29NWBK60161331926819", "GB82WEST12345698765432", "GB33BUKB20201555555555", "DE89370400440532013000",
     "FR1420041010050500013M02606", "ES9121000418450200051332", "NL91ABNA0417164300", "IT60X0542811101000000123456",
     "CH9300762011623852957", "AT611904300234573201", "BE68539007547034", "IE29AIBK93115212345678")
)  # fmt: skip
_DATE = re.compile(
    r"(?<!\d)(?:\d{1,2}([./-])\d{1,2}\1(?:(?:19|20)\d\d(?!\d)|\d\d(?![./-]?\d))|(?:19|20)\d\d([./-])\d{1,2}\2\d{1,2}(?!\d)"
    r"|(?:19|20)\d\d ?- ?(?:19|20)\d\d(?!\d))"
)
_LEAST_DIGITS = 9  # of a national number without a trunk zero: `3-4-5` stands in sums too
_FICTIONAL = re.compile(r"555\D?01\d\d$")  # North American numbers set apart for fiction
_NAMED_OTHERWISE = re.compile(
    r"(?i)(?:\b(?:invoice|order|ticket|ref(?:erence)?|serial|id|item|case|booking|tracking|policy|rechnung|facture|factura"
    r"|commande|bestellung|isbn|sku)(?: (?:number|no|nr|id))?|#|№)[.:#]? ?$"
)
_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "PL", "BR", "IN", "JP", "CN", "SE", "RU")
# how a national number is written where no word says that it is one, and the regions that write it so
_NATIONAL_FORMS = (
    (re.compile(r"(?:1[-. ])?(?:\(\d{3}\) ?|\d{3}[-. /])\d{3}[-. ]\d{4}"), ("US",)),
    (re.compile(r"\(\d{2}\) ?\d{4,5}-\d{4}"), ("BR",)),
    (re.compile(r"(?=(?:\D*\d){9})\(?0\d{1,4}\)?[ ./\xa0-]{1,3}\d[\d ./\xa0-]{3,14}\d"),
     ("GB", "DE", "FR", "NL", "IT", "SE", "JP", "AU")),
)  # fmt: skip
_NOBODYS = (PhoneNumberType.TOLL_FREE, PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST)


def iban_in(text: str) -> str:
    """The account number with which the text begins, or nothing; words that follow may look like its groups."""
    while len(text) >= 15:
        compact = iban.compact(text)
        if iban.is_valid(compact, check_country=False):
            return "" if compact in _TEST_ACCOUNTS else text
        text = re.split(r"[ -](?=[^ -]*$)", text)[0] if re.search(r"[ -]", text) else ""
    return ""


def card_in(text: str, match: re.Match[str]) -> bool:
    """True for an issuer's number with its check digit, grouped as on a card, or ungrouped where a word says card."""
    written = match[0]
    digits = re.sub(r"\D", "", written)
    if not _CARD_GROUPS.fullmatch(written) or not _ISSUERS.fullmatch(digits):
        return False
    if digits in _TEST_CARDS or len(set(digits)) < 4 or not luhn.is_valid(digits):
        return False
    if _near(_CARD_WORDS, text, match):
        return True
    return written != digits and not _is_named_otherwise(text, match)


def is_phone(text: str, match: re.Match[str]) -> bool:
    """True for an international number, for one written as its country does, or where a word near by says phone."""
    written = match[0]
    if _DATE.search(written) or _FICTIONAL.search(written):
        return False
    if written.startswith(("+", "(+")):
        return _is_valid(written, None)
    if _near(_PHONE_WORDS, text, match):
        plausible = written[0] in "0(" or len(re.sub(r"\D", "", written)) >= _LEAST_DIGITS
        return plausible and any(_is_valid(written, region) for region in _REGIONS)
    if _is_named_otherwise(text, match) or " - " in written:
        return False
    if written.startswith("00"):
        return _is_valid("+" + written[2:], None)
    return any(
        form.fullmatch(written) and any(_is_valid(written, region, Leniency.STRICT_GROUPING) for region in regions)
        for form, regions in _NATIONAL_FORMS
    )


def _is_named_otherwise(text: str, match: re.Match[str]) -> bool:
    return _NAMED_OTHERWISE.search(text[max(0, match.start() - _NEAR // 2) : match.start()]) is not None


def _near(words: re.Pattern[str], text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - _NEAR) : match.start()]
    return words.search(before) is not None or words.search(text[match.end() : match.end() + _NEAR // 2]) is not None


def _is_valid(written: str, region: str | None, leniency: int = Leniency.VALID) -> bool:
    for found in PhoneNumberMatcher(written, region, leniency=leniency):
        return phonenumbers.number_type(found.number) not in _NOBODYS
    return False
