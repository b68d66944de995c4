"""Rows in another language or script than the rest are found; mixed data, code, numbers and short texts are not."""

from __future__ import annotations

import random

import pytest

from wrapper.data.quality.languages import find_other_languages
from wrapper.data.reading import read_rows
from wrapper.data.rows import make_row

_TOLERATED = 0.001  # of the rows of real data in one language
_OF_LANGUAGE = {
    "de": "Natalia verkaufte im April Haarspangen an ihre Freundinnen und im Mai nur halb so viele wie zuvor.",
    "fr": "Natalia a vendu des barrettes à ses amies en avril, puis deux fois moins pendant le mois de mai.",
    "es": "Natalia vendió pinzas a sus amigas en abril y después vendió la mitad durante el mes de mayo.",
    "it": "Natalia ha venduto delle mollette alle sue amiche in aprile e poi la metà nel mese di maggio.",
    "pl": "Natalia sprzedała w kwietniu spinki swoim przyjaciółkom, a w maju sprzedała o połowę mniej.",
    "ru": "Наталья продала заколки своим подругам в апреле, а в мае продала вдвое меньше.",
    "ja": "ナタリアは四月に友達にヘアクリップを売り、五月にはその半分を売りました。",
    "zh": "娜塔莉亚四月份把发夹卖给了朋友们，五月份只卖了一半。",
}
_NAMES = ("Weng", "Betty", "Julie", "James", "Mark", "Albert", "Ken", "Tina", "Alexis", "Tobias")
_ENGLISH = (
    "{} earns twelve dollars an hour and worked for fifty minutes yesterday after school.",
    "Yesterday {} was reading a long book and wants to finish half of the pages that remain.",
    "{} wrote a letter to each of two friends every week for the whole of the last year.",
    "The garden of {} has flowers of three colours and most of them are yellow or purple.",
)


def _english(count: int) -> list[str]:
    made = random.Random(4)
    return [made.choice(_ENGLISH).format(made.choice(_NAMES)) for _ in range(count)]


@pytest.mark.parametrize("language", _OF_LANGUAGE)
def test_a_row_in_another_language_is_found(row, language: str) -> None:
    rows = [row(text, "72", line=line) for line, text in enumerate(_english(100), 1)]
    rows[40] = row(_OF_LANGUAGE[language], "72", line=41)
    (found,) = find_other_languages(rows)
    assert (found.rule, found.severity, found.line) == ("language", "info", 41)
    assert found.detail == f"the input reads as `{language}`, the rest as `en`"
    assert found.example.startswith(f"`{_OF_LANGUAGE[language][:20]}")


def test_answers_are_held_against_answers(row) -> None:
    """A translation's inputs and answers differ by design."""
    rows = [row(text, _OF_LANGUAGE["de"], line=line) for line, text in enumerate(_english(100), 1)]
    assert find_other_languages(rows) == []
    rows[7] = row(rows[7].input_text, _OF_LANGUAGE["fr"], line=8)
    assert [(one.line, one.detail) for one in find_other_languages(rows)] == [
        (8, "the answer reads as `fr`, the rest as `de`")
    ]


def test_a_row_whose_input_and_answer_differ_is_one_finding(row) -> None:
    rows = [row(text, text, line=line) for line, text in enumerate(_english(100), 1)]
    rows[7] = row(_OF_LANGUAGE["fr"], _OF_LANGUAGE["es"], line=8)
    (found,) = find_other_languages(rows)
    assert found.detail == "the input reads as `fr`, the rest as `en`; the answer reads as `es`, the rest as `en`"


@pytest.mark.parametrize(
    ("text", "script"),
    [("Спасибо", "Cyrillic"), ("Ευχαριστώ πολύ", "Greek"), ("شكرا", "Arabic"), ("감사합니다", "Korean")],
)
def test_another_script_is_told_in_a_short_text_too(row, text: str, script: str) -> None:
    rows = [row(english, line=line) for line, english in enumerate(_english(60), 1)]
    rows[5] = row(text, line=6)
    (found,) = find_other_languages(rows)
    assert (found.line, found.detail) == (6, f"the input is in {script} script, the rest in Latin")


NOT_JUDGED = (
    "Merci beaucoup",
    "Guten Morgen",
    "72",
    "12 * 4 = 48; 48 + 24 = 72",
    '{"betrag": 12, "währung": "EUR", "empfänger": "die Bäckerei an der Ecke"}',
    "```python\nfor eintrag in die_liste_der_werte:\n    summe += eintrag\n```",
    "SELECT name, betrag FROM kunden WHERE betrag > 10 ORDER BY betrag",
    "The angle θ is half of the angle that Julie drew on the board yesterday.",
    "",
)


@pytest.mark.parametrize("text", NOT_JUDGED)
def test_short_texts_code_and_numbers_are_not_judged(row, text: str) -> None:
    rows = [row(english, line=line) for line, english in enumerate(_english(100), 1)]
    assert find_other_languages([*rows, row(text, line=101)]) == []


def test_data_without_a_main_language_is_one_finding(row) -> None:
    texts = [_OF_LANGUAGE["de"], _OF_LANGUAGE["fr"], *_english(1)] * 40
    (found,) = find_other_languages([row(text, line=line) for line, text in enumerate(texts, 1)])
    assert (found.rule, found.file, found.line) == ("language", "rows.jsonl", 0)
    assert found.detail == (
        "no language is that of most inputs: `de` 33 %, `fr` 33 %, `en` 33 %; rows are not held against one"
    )


def test_no_rows_no_findings() -> None:
    assert find_other_languages([]) == []


@pytest.mark.parametrize("name", ["gsm8k/train.jsonl", "banking77/train.csv"])
def test_real_data_raises_no_alarm(shared_data, name: str) -> None:
    rows = read_rows(shared_data / name).rows
    assert len(find_other_languages(rows)) <= _TOLERATED * len(rows)


def test_rows_planted_in_real_data_are_found(shared_data) -> None:
    rows = list(read_rows(shared_data / "gsm8k" / "train.jsonl").rows[:1500])
    planted = {}
    for at, (language, text) in zip(random.Random(9).sample(range(1500), 8), _OF_LANGUAGE.items(), strict=True):
        old = rows[at]
        rows[at] = make_row(old.messages, text, file=old.file, line=old.line)
        planted[old.line] = f"the answer reads as `{language}`, the rest as `en`"
    assert {one.line: one.detail for one in find_other_languages(rows)} == planted


def test_the_payments_sample_in_four_locales_is_no_flood(samples) -> None:
    found = find_other_languages(read_rows(samples / "payments" / "train.jsonl").rows)
    assert [one.line for one in found] == [0]
