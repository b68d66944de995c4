"""Personal data that faker plants in real sentences is found by kind, masked; numbers of other kinds are left alone."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress

import phonenumbers
import pytest
from faker import Faker
from phonenumbers import NumberParseException, PhoneNumberType

from wrapper.data.quality.personal import find_personal_data
from wrapper.data.reading import read_rows

_PLANTED = 60  # of a kind and locale
_TOLERATED = 0.001  # of the rows of real data without personal data
_OF_PEOPLE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_SENTENCES = (
    "Natalia sold clips to 48 of her friends in April; {}. How many clips did she sell in all?",
    "Weng earns $12 an hour for babysitting; {}. Yesterday she did 50 minutes. How much did she earn?",
    "A robe takes 2 bolts of blue fiber and half that of white, and {}. How many bolts in all?",
)


def _email(faker: Faker) -> str:
    return faker.user_name() + "@" + faker.domain_name().replace("example", "ledger")


def _phone(faker: Faker) -> str:
    """A number that its country gives to people; faker makes up many that no country does."""
    while True:
        written = faker.phone_number()
        with suppress(NumberParseException):
            number = phonenumbers.parse(written, faker.locales[0][-2:])
            if phonenumbers.is_valid_number(number) and phonenumbers.number_type(number) in _OF_PEOPLE:
                return written


def _card(faker: Faker) -> str:
    digits = faker.credit_card_number(faker.random_element(("visa16", "mastercard", "discover")))
    return " ".join(digits[at : at + 4] for at in range(0, 16, 4))


KINDS: dict[str, tuple[str, str, str, Callable[[Faker], str], float]] = {
    "e-mail": ("en_US", "an e-mail address", "write to {}", _email, 1.0),
    "e-mail de": ("de_DE", "an e-mail address", "schreib an {}", _email, 1.0),
    "phone us": ("en_US", "a phone number", "call her at {}", lambda one: one.numerify("(212) 6##-####"), 1.0),
    "phone gb": ("en_GB", "a phone number", "phone {}", _phone, 0.95),
    "phone de": ("de_DE", "a phone number", "Telefon {}", _phone, 0.95),
    "phone fr": ("fr_FR", "a phone number", "téléphone {}", _phone, 0.95),
    "phone es": ("es_ES", "a phone number", "teléfono {}", _phone, 0.95),
    "phone pl": ("pl_PL", "a phone number", "telefon {}", _phone, 0.95),
    "phone world": ("en_US", "a phone number", "it is {}", lambda one: one.numerify("+49 171 #######"), 1.0),
    "card": ("en_US", "a card number", "pay by {}", _card, 1.0),
    "card bare": ("en_US", "a card number", "my card {}", lambda one: one.credit_card_number("visa16"), 1.0),
    "amex": ("en_US", "a card number", "amex {}", lambda one: one.credit_card_number("amex"), 1.0),
    "iban de": ("de_DE", "an IBAN", "account {}", lambda one: one.iban(), 1.0),
    "iban gb": ("en_GB", "an IBAN", "account {}", lambda one: one.iban(), 1.0),
    "ssn": ("en_US", "a US social security number", "her SSN is {}", lambda one: one.ssn(), 1.0),
}


def _planted(locale: str, phrase: str, make: Callable[[Faker], str]) -> list[tuple[str, str]]:
    """Values and the sentences that hold them."""
    faker = Faker(locale)
    faker.seed_instance(11)
    values = [make(faker) for _ in range(_PLANTED)]
    return [(value, _SENTENCES[at % 3].format(phrase.format(value))) for at, value in enumerate(values)]


@pytest.mark.parametrize("name", KINDS)
def test_planted_data_is_found_and_named_by_kind(row, name: str) -> None:
    locale, kind, phrase, make, least = KINDS[name]
    planted = _planted(locale, phrase, make)
    found = find_personal_data([row("How many?", text, line=line) for line, (_, text) in enumerate(planted, 1)])
    assert {one.detail for one in found} == {f"{kind} in the answer"}
    assert len({one.line for one in found}) >= least * len(planted)


@pytest.mark.parametrize("name", KINDS)
def test_a_value_is_never_shown(row, name: str) -> None:
    locale, _, phrase, make, _ = KINDS[name]
    for value, text in _planted(locale, phrase, make):
        for one in find_personal_data([row(text)]):
            assert value not in one.detail + one.example
            assert value[-6:] not in one.example
            assert len(one.example.split("...")[0].strip("`")) <= min(4, len(value) // 4)


def test_one_finding_a_row_and_kind_in_the_order_of_the_rows(row) -> None:
    rows = [
        row("Write to ada@ledger.io or bob@ledger.io, or call +44 20 7946 8123.", "To ada@ledger.io.", line=1),
        row("How many clips?", "72", line=2),
        row("a", "Pay to DE75 5121 0800 1245 1261 99", line=3),
    ]
    assert [(one.rule, one.line, one.detail) for one in find_personal_data(rows)] == [
        ("personal_data", 1, "2 e-mail addresses in turn 1 and the answer"),
        ("personal_data", 1, "a phone number in turn 1"),
        ("personal_data", 3, "an IBAN in the answer"),
    ]


def test_no_rows_no_findings() -> None:
    assert find_personal_data([]) == []


RESERVED = (
    "Write to jane@example.com, joe@example.org or ann@mail.example.net.",
    "Write to you@yourdomain.com or user@host.test.",
    "Clone git@github.com:ledger/clips.git and see no-reply@ledger.io.",
    "Test with 4111 1111 1111 1111 or 4242424242424242 as the card.",
    "The IBAN of the registry is DE89 3704 0044 0532 0130 00.",
    "Call 212-555-0142, as in films.",
)
NUMBERS = (
    "It cost $1,234,567.89 in all, or 1 234 567,89 €.",
    "From 12.05.2021 10:30 to 13/06/2022, that is 2021-05-12T10:30:00.",
    "The years 1990-1995 and 2001 - 2005 were lean.",
    "1234 - 567 - 890 = <<1234-567-890=-223>>-223 and (12) 345 - 6789",
    "He scored 12 34 56 78 90 11 22 in his games.",
    "Order 1234567890 is late, as is item 5500000000000004123.",
    "Serial 4532-0151-1283-0367 has a wrong check digit.",
    "ISBN 978-0-306-40615-7 and version 10.20.3000.40",
    "At 52.520008, 13.404954 by 192.168.100.200 at 1700000000.",
    "The SHA is 12345678ab90123456cd7890123456 and pi 3.14159265358979.",
    "The part 123-45-6789 is out of stock.",
    "@ada has 3 @ 4 dollars, e.g. 5@2",
)


@pytest.mark.parametrize("text", (*RESERVED, *NUMBERS))
def test_reserved_values_and_other_numbers_are_no_personal_data(row, text: str) -> None:
    assert find_personal_data([row(text), row("How many?", text)]) == []


def _random_numbers(made: random.Random, count: int) -> list[str]:
    """Prices, dates, sums and ids with random digits."""

    def digits(length: int) -> str:
        return "".join(made.choices("0123456789", k=length))

    def each() -> Sequence[str]:
        return (
            f"It cost $4,{digits(3)},{digits(3)}.{digits(2)}.",
            f"On 20{digits(2)}-0{made.randint(1, 9)}-1{digits(1)} at 1{digits(1)}:30:00.",
            f"{digits(4)}-{digits(3)}={digits(3)} and {digits(5)}*{digits(4)}={digits(9)}",
            f"Order {digits(10)} and item 9{digits(15)}.",
            f"Host 10.{made.randint(1, 255)}.{made.randint(1, 255)}.{made.randint(1, 255)} at 17{digits(8)}.",
        )

    return [text for _ in range(count) for text in each()]


def test_random_numbers_of_other_kinds_raise_hardly_an_alarm(row) -> None:
    rows = [row(text) for text in _random_numbers(random.Random(13), 400)]
    assert len(find_personal_data(rows)) <= 2 * _TOLERATED * len(rows)


@pytest.mark.parametrize("name", ["gsm8k/train.jsonl", "banking77/train.csv"])
def test_real_data_raises_no_alarm(shared_data, name: str) -> None:
    rows = read_rows(shared_data / name).rows
    assert len(find_personal_data(rows)) <= _TOLERATED * len(rows)


def test_the_payments_sample_raises_no_alarm(samples) -> None:
    assert find_personal_data(read_rows(samples / "payments" / "train.jsonl").rows) == []
