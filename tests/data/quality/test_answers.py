"""Answers that teach nothing are named with their reason; plain ones, short ones and labels are not."""

from __future__ import annotations

import pytest

from wrapper.data.quality.answers import find_low_value, habits_of, label_counts

PROSE = "The train leaves at noon from the third platform, and the ticket office opens an hour before that."


def reasons(row, answer, others=(PROSE,) * 3, question="When does the train leave?"):
    rows = [row(f"question {number}", f"{text} {number}.", number) for number, text in enumerate(others)]
    one = row(question, answer, 99)
    return [found.detail for found in find_low_value([one], habits_of([*rows, one]))]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("As an AI language model, I do not know that.", "speaks as an AI model"),
        ("I'm just a language model and have no opinion", "speaks as an AI model"),
        ("I'm sorry, but I can't help with that.", "refusal"),
        ("Sorry, I cannot share this.", "refusal"),
        ("I am unable to assist with this request.", "refusal"),
        ("N/A", "placeholder"),
        ("<no output>", "placeholder"),
        ("...", "placeholder"),
        ("when does the train leave", "repeats the input"),
        ("it goes on and on " * 12, "loop"),
        ("the the the the the the the the the the the the the the the the the the the the the", "loop"),
    ],
)
def test_named_with_its_reason(row, answer, reason) -> None:
    (said,) = reasons(row, answer)
    assert reason in said


@pytest.mark.parametrize(
    "answer",
    ["noon", "72", "no", PROSE, "Sorry for the wait: it leaves at noon.", "I can't wait for it to leave at noon!",
     "You cannot take it on Sundays, but on all other days it leaves at noon from here."],
)  # fmt: skip
def test_plain_answers_are_left_in_peace(row, answer) -> None:
    assert reasons(row, answer) == []


def test_a_torso_shows_where_the_others_end(row) -> None:
    cut = PROSE[:-10]
    assert reasons(row, cut, others=(PROSE,) * 40) == ["the answer seems cut off: it ends in `ice opens an hour be`"]
    rows = [row(f"question {number}", cut, number) for number in range(40)]
    assert list(find_low_value(rows, habits_of(rows))) == []


def test_a_last_line_that_all_others_have_is_missed(row) -> None:
    rows = [row(f"q {number}", f"{PROSE}\n#### {number}", number) for number in range(60)]
    rows.append(row("q", f"{PROSE} So it is", 61))
    (found,) = find_low_value(rows, habits_of(rows))
    assert (found.line, "`####`" in found.detail) == (61, True)


def test_json_that_breaks_off(row) -> None:
    rows = [row(f"q {number}", f'{{"n": {number}}}', number) for number in range(60)]
    rows.append(row("q", '{"n": 6', 61))
    assert [found.line for found in find_low_value(rows, habits_of(rows))] == [61]


def test_an_empty_object_among_json_is_an_answer(row) -> None:
    rows = [row(f"q {number}", ("{}", f'{{"n": {number}}}')[number % 2], number) for number in range(60)]
    assert list(find_low_value(rows, habits_of(rows))) == []


def test_a_label_is_no_placeholder(row) -> None:
    rows = [row(f"q {number}", ("n/a", "known")[number % 2], number) for number in range(40)]
    assert set(label_counts(rows)) == {"n/a", "known"}
    assert list(find_low_value(rows, habits_of(rows))) == []


def test_numbers_and_prose_are_no_labels(row) -> None:
    assert not label_counts([row(f"q {n}", str(n % 15), n) for n in range(100)])
    assert not label_counts([row(f"q {n}", f"{PROSE} {n % 3}", n) for n in range(100)])


def test_gsm8k_has_none(shared_data) -> None:
    from wrapper.data.reading import read_rows

    rows = read_rows(shared_data / "gsm8k" / "train.jsonl").rows
    assert list(find_low_value(rows, habits_of(rows))) == []
