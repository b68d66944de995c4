"""Final numbers of worked answers."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper.evaluation.graders import get_grader
from wrapper.evaluation.graders.number import final_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Natalia sold 48/2 = <<48/2=24>>24 clips in May.\n#### 72", "72"),
        ("#### 72\nThat took 3 steps", "72"),
        ("#### 1\nno, wait\n#### 2", "2"),
        (r"so it is \boxed{42}, as in 7 others", "42"),
        (r"she pays \$18", "18"),
        ("The answer is $1,234.50.", "1234.5"),
        ("1.234,50 €", "1234.5"),
        ("1.234.567", "1234567"),
        ("1'000", "1000"),
        ("12\u202f345,6", "12345.6"),
        ("70,000 dollars", "70000"),
        ("It costs 12,50 EUR", "12.5"),
        ("0,125", "0.125"),
        ("(1,2,3)", "3"),
        ("1, 2, 3", "3"),
        ("50%", "50"),
        ("-5", "-5"),
        ("−5", "-5"),
        ("-$5", "-5"),
        ("$-5", "-5"),
        ("x-7", "7"),
        ("= 7", "7"),
        ("5 -7", "-7"),
        ("10 - 5", "5"),
        ("10-5=5", "5"),
        ("5-7 are too few, so 8", "8"),
        ("COVID-19", "19"),
        ("a 5-year plan", "5"),
        (".5", "0.5"),
        ("**72**.", "72"),
        ("3/4", "0.75"),
        ("5/0", "5"),
        ("1e3", "1000"),
        ("In Q3 it was 5 for Q4", "5"),
        ("Q3", "3"),
        ("1 200", "1200"),
        ("1 234 567,5", "1234567.5"),
        ("1 2 3", "3"),
        ("3 1/2", "3.5"),
        ("-3 1/2", "-3.5"),
        ("3 3/2", "1.5"),
        ("it takes 2½ hours", "2.5"),
        ("¼", "0.25"),
        ("-½", "-0.5"),
        ("3 and 1/2", "3.5"),
        (r"\boxed{\frac{1}{2}}", "0.5"),
        (r"-\frac{1}{2}", "-0.5"),
        (r"3\dfrac{1}{2}", "3.5"),
        (r"\boxed{\text{about } 12\text{ cm}^2}", "12"),
        (r"\boxed{1{,}200}", "1200"),
        (r"90^\circ", "90"),
        ("10^6", "1000000"),
        ("10 ^ 6", "1000000"),
        ("10⁶", "1000000"),
        ("10**6", "1000000"),
        ("10^{-3}", "0.001"),
        ("2^10", "1024"),
        ("1.5 x 10^3", "1500"),
        ("1.5×10³", "1500"),
        (r"1.5 \times 10^{3}", "1500"),
        ("1.5e3", "1500"),
        ("3 x 4", "4"),
        ("$5M", "5000000"),
        ("$5m", "5000000"),
        ("5K", "5000"),
        ("5k steps", "5000"),
        ("€ 1.5 bn", "1500000000"),
        ("2.5 million people", "2500000"),
        ("3万", "30000"),
        ("25 cm^2", "25"),
        ("25 m²", "25"),
        ("1800cm³", "1800"),
        ("Day 2:56/2=28 miles", "28"),
        ("students in class 3B", "3"),
        ("$3B", "3000000000"),
        ("the 3rd", "3"),
        ("5km", "5"),
        ("√16 is 4", "4"),
        ("(5)", "5"),
        ("($5)", "-5"),
        ("(€1,200.50)", "-1200.5"),
        ("$(5)", "-5"),
        ("(5 €)", "-5"),
        ("five dollars ($5)", "5"),
        ("1,000/1,000", "1"),
        ("<think>5 or 6</think>The answer is 7", "7"),
        ("minus 5", "-5"),
        ("it is negative 5", "-5"),
        ("Minus $5", "-5"),
        ("10 minus 5", "5"),
        ("Rs. 1,00,000", "100000"),
        ("12,34,567.50", "1234567.5"),
        ("١٬٢٣٤٫٥", "1234.5"),
        ("۱۲٫۵", "12.5"),
        ("١٨٪", "18"),
        ("2 Millionen", "2000000"),
        ("3 Milliarden", "3000000000"),
        ("2 tausend", "2000"),
        ("2 lakh", "200000"),
        ("1.5 crore", "15000000"),
        ("18 = 10 + 8", "8"),
    ],
)
def test_final_number(text: str, number: str) -> None:
    assert final_number(text) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("eighteen", "18"),
        ("Eighteen dollars", "18"),
        ("twenty-one", "21"),
        ("twenty one", "21"),
        ("zero", "0"),
        ("minus eighteen", "-18"),
        ("Negative five.", "-5"),
        ("a hundred", "100"),
        ("one hundred and five", "105"),
        ("eighteen hundred", "1800"),
        ("two thousand three hundred and forty-five", "2345"),
        ("one thousand, two hundred", "1200"),
        ("ninety-nine thousand nine hundred ninety-nine", "99999"),
        ("two million", "2000000"),
        ("She had two and has one apple left", "1"),
        ("five and six", "6"),
        ("The answer is eighteen, not twenty.", "18"),
        ("two pears and 3 apples", "3"),
    ],
)
def test_numbers_in_words(text: str, number: str) -> None:
    assert final_number(text) == Decimal(number)
    assert get_grader("number").grade(number, text).score in (1, None)


@pytest.mark.parametrize(
    "text",
    ["no one", "I know which one", "one of them", "the right one", "someone", "two and a half", "one third",
     "two thirds", "twenty point five", "two trillion", "often", "one's own"],
)  # fmt: skip
def test_words_that_are_no_number(text: str) -> None:
    assert final_number(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("The answer is 18 (not 20).", "18"),
        ("18 [1]", "18"),
        ("18 (see step 2)", "18"),
        ("18 eggs (of 20).", "18"),
        ("**18** (step 2)", "18"),
        ("9 * 2 = (18)", "18"),
        ("She earns $9 twice (9 * 2 = 18)", "18"),
        ("It is 5\n(18)", "18"),
        ("Answer: 18\n\nNote: This assumes 16 eggs per day.", "18"),
        ("**Answer:** 18 dollars\nThat is for 2 days", "18"),
        ("Answer: 18. This assumes 16 eggs.", "18"),
        ("Answer: minus 5\nas 3 - 8 is", "-5"),
        ("Final answer: 18 out of 20", "18"),
        ("**Final Answer**\n\n18 from 20", "18"),
        ("The final answer is:\n\n**18**\n\nThat was question 3", "18"),
        ("The answer is 18 because 9 eggs cost 2 each.", "18"),
        ("The answer is approximately $18, up from 17.", "18"),
        ("The answer is 18. Let me know by 2024!", "18"),
        ("Die Antwort ist 18, nicht 20.", "18"),
        ("The answer is 10 + 8 = 18.", "18"),
        ("The answer is 18 = 10 + 8.", "18"),
        ("The answer is 10 apples + 8 apples = 18 apples", "18"),
        ("The answer is x = 18 for n = 2", "18"),
        ("The answer is 3. No: the answer is 4.", "4"),
        ("The answer is found by adding 24 and 48 to get 72", "72"),
        ("Answer: Natalia sold 48/2 = 24 clips in May. Altogether 48+24 = 72.", "72"),
        ("Answer: 48/2 = 24\n48+24=72", "72"),
        ("Answer: 48 clips. 48/2 = 24. So 72", "72"),
        ("Answer: 48 clips in April, then 24, so 72", "72"),
        ("Answer:\n1. Take 48/2=24\n2. Get 72", "72"),
        ("Answer: 1. We halve 48\nIt is 72", "72"),
    ],
)
def test_the_number_that_is_announced_counts(text: str, number: str) -> None:
    assert final_number(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "soixante-douze", "no one knows", "####", "<think>12", "-", "$"])
def test_no_number(text: str) -> None:
    assert final_number(text) is None
    assert get_grader("number").grade(text, "72").score == 0
    assert get_grader("number").grade("72", text).score is None


@pytest.mark.parametrize(
    ("response", "gold", "score"),
    [
        ("72.0", "72", 1),
        ("0.30000000000000004", "0.3", 1),
        ("72.001", "72", 0),
        ("2000001", "2000000", 0),
        ("9" * 5000, "9", 0),
        ("1e999", "1", 0),
        ("1/2", "3 1/2", 0),
        ("3.5", "3 1/2", 1),
        (r"3\frac12", "3.5", 1),
        ("200", "1 200", 0),
        ("1200", "1 200", 1),
        ("6", "10^6", 0),
        ("1,000,000", "10^6", 1),
        ("3", "1.5 x 10^3", 0),
        ("1500", "1.5 x 10^3", 1),
        ("5K", "$5M", 0),
        ("5", "$5 million", 0),
        ("$5,000,000", "$5M", 1),
        ("2", r"\boxed{\frac{1}{2}}", 0),
        ("0.5", r"\frac{1}{2}", 1),
        (r"\boxed{\frac{1}{2}}", "2", 0),
        ("5", "(5)", 1),
        ("-5", "(5)", 0),
        ("-5", "($5)", 1),
        ("0.000000001", "0.0000000005", 0),
        ("0.0000000005", "0.00000000050000000001", 1),
        ("0.0", "0", 1),
        ("0.0000000001", "0", 0),
        ("12:30", "30", 0),
        *((text, "7", 0) for text in ("5-7", "5–7", "5--7", "7-9", "#### 7-9", "$5-$7", "5%-7%", "5km-7km", "3-5-7")),
        *((text, "7", 0) for text in ("2024-05-07", "2024-5-7", "7-5-2024", "7/5/2024", "about 5-7 days")),
        ("-7", "-7", 1),
        (r"\sqrt{2}", "2", 0),
        (r"\frac{\pi}{2}", "2", 0),
        ("10^x", "10", 0),
        ("1e1000", "1", 0),
        ("2^3^2", "2", 0),
        ("It is 5km away", "5", 1),
    ],
)
def test_number(response: str, gold: str, score: int) -> None:
    assert get_grader("number").grade(response, gold).score == score


@pytest.mark.parametrize(
    "gold",
    [
        "12:30",
        "1:02:03",
        "3:2",
        "2024-01-15",
        "15/01/2024",
        "1.2.3",
        "10^x",
        "10^{n+1}",
        "2^3^2",
        "(3+4)^2",
        "x^2",
        "2^99999",
        "0^-1",
        "5/0",
        r"\sqrt{2}",
        r"2\sqrt{3}",
        r"\frac{\sqrt{3}}{2}",
        r"\boxed{\frac{\pi}{2}}",
        "2π",
        "∞",
        "5km",
        "$5x",
        "5m",
        "5 M",
        "5B",
        "10^6/2",
        "12h30",
        "0x1F",
        "1e1000",
        "Q3",
        "10-20",
        "$5–$10",
        "1, 2, 3",
        "3 x 4",
        "5'10\"",
        "so it is\n#### 3, 4",
    ],
)
def test_gold_that_is_not_one_number_cannot_be_graded(gold: str) -> None:
    grade = get_grader("number").grade("5", gold)
    assert grade.score is None
    assert grade.explanation


def test_explanations_name_what_was_read() -> None:
    grader = get_grader("number")
    assert grader.grade("5", "ready at 12:30").explanation == (
        "`12:30` in the gold answer is a time, a ratio, a date or a version, not one number"
    )
    assert grader.grade("5", "5km").explanation == (
        "`5km` in the gold answer has a suffix that may change its size: put a space before a unit"
    )
    assert grader.grade("5", "10, 20").explanation == (
        "the gold answer holds several numbers, `10`, `20`: mark the final one with `####`"
    )
    assert grader.grade("5", "10-20").explanation == (
        "`10-20` in the gold answer is a range or a difference, not one number"
    )
    assert grader.grade("5-7", "7").explanation == "`5-7` is a range or a difference, not one number"
    assert grader.grade("at 12:30", "30").explanation == (
        "`12:30` is a time, a ratio, a date or a version, not one number"
    )
    assert grader.grade("6", "10^6").explanation == "another number than 1000000"


@given(st.integers(1, 999), st.integers(1, 99), st.integers(1, 99))
def test_fractions_mean_the_same_however_they_are_written(whole: int, top: int, more: int) -> None:
    bottom = top + more
    spellings = [rf"{whole}\frac{{{top}}}{{{bottom}}}", f"{whole * bottom + top}/{bottom}"]
    for spelling in spellings:
        assert get_grader("number").grade(f"so {spelling}.", f"{whole} {top}/{bottom}").score == 1


@given(st.integers(1, 9999), st.integers(-12, 12))
def test_powers_of_ten_mean_the_same_however_they_are_written(value: int, power: int) -> None:
    plain = f"{Decimal(value).scaleb(power):f}"
    for spelling in (f"{value}e{power}", f"{value} x 10^{power}", rf"{value} \times 10^{{{power}}}"):
        assert get_grader("number").grade(f"{spelling}", plain).score == 1
        assert get_grader("number").grade(plain, spelling).score == 1


@given(st.integers(-(10**12), 10**12))
def test_integers_read_back_however_they_are_grouped(value: int) -> None:
    assert final_number(f"The answer is {value}.") == value
    for joint in (",", " ", "\u202f", "’"):
        grouped = f"{value:,}".replace(",", joint)
        assert final_number(f"The answer is {grouped}.") == value


NOTATION = st.lists(st.sampled_from([*"0123456789.,/^*()[]{}-+ :x$kMπ√½²", r"\frac", r"\boxed{", "10^", "####"]))


@given(st.text() | NOTATION.map("".join))
def test_no_text_breaks_it(text: str) -> None:
    assert get_grader("number").grade(text, "1").score in (0, 1)
    assert get_grader("number").grade("1", text).score in (0, 1, None)


LOOPS = (
    "9", "1 ", "1-", "1 200 ", "2^", "\\frac{", "\\boxed{", "{", "√(", "12:", "1/", "a1",
    "^{", "^{ ", "(", "$", "π", "minus ", "(1) ", "one hundred and ", "the answer is 1 ", "answer: 1 ",
)


@pytest.mark.parametrize("piece", LOOPS)
def test_long_responses_are_read_in_time(piece: str) -> None:
    """A model caught in a loop; each took well under a second."""
    assert get_grader("number").grade(piece * 20_000, "1").score in (0, 1)


def test_a_gold_answer_equals_itself_or_cannot_be_graded() -> None:
    for gold in ("3 1/2", "1 200", "10^6", "1.5 x 10^3", "$5M", r"\frac{1}{3}", "(5)", "($5)", "-0", "1e999"):
        assert get_grader("number").grade(gold, gold).score == 1
