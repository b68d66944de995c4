"""Repeats, contradictions and leakage: found with both places, by words and not by a hash of them."""

from __future__ import annotations

import random

import pytest

from wrapper.data.quality.repeats import find_repeats
from wrapper.data.rows import Message, make_row

LONG = (
    "Natalia sold clips to forty eight of her friends in April and then she sold half as many clips in May "
    "so how many clips did she sell altogether in both of these months"
)
ANSWER = "She sold half of that in May which makes twenty four and altogether she sold\n#### 72"


def rules(train, **others):
    return [(one.line, one.rule) for one in find_repeats({"train": train, **others}).findings]


def pair(row, first, second):
    return [row(*first, 1), row(*second, 2)]


@pytest.mark.parametrize(
    ("second", "rule"),
    [
        ((LONG, ANSWER), "exact_duplicate"),
        ((LONG.upper() + "?", ANSWER), "near_duplicate"),
        ((LONG.replace(" ", "  "), ANSWER), "near_duplicate"),
        ((LONG, ANSWER.lower()), "near_duplicate"),
        ((LONG.replace("friends", "neighbours"), ANSWER), "near_duplicate"),
        ((LONG.replace("friends", "cats").replace("clips in May", "pins in May").replace("altogether ", ""), ANSWER),
         "near_duplicate"),
        ((LONG, ANSWER.replace("altogether", "in all")), "near_duplicate"),
        ((LONG, ANSWER.replace("72", "75")), "contradiction"),
        ((LONG + "!", "I do not know"), "contradiction"),
        ((LONG.replace("friends", "freinds"), "I do not know"), "contradiction"),
    ],
)  # fmt: skip
def test_what_the_later_row_of_a_pair_is(row, second, rule) -> None:
    assert rules(pair(row, (LONG, ANSWER), second)) == [(2, rule)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("2+3", "5"), ("2-3", "-1")),
        (("What is £1 in dollars?", "1.30"), ("What is €1 in dollars?", "1.10")),
        (("How do I activate my card?", "activate"), ("How do I cancel my card?", "cancel")),
        (("How do I activate my card?", "card"), ("How do I cancel my card?", "card")),
        ((LONG, ANSWER), (LONG.replace("forty eight", "ninety six"), ANSWER.replace("72", "144"))),
        (("book for 5 people", '{"people": 5}'), ("book for 6 people", '{"people": 6}')),
        (("Where is it?", ANSWER), ("Who has been there, and what did they find in it?", ANSWER)),
    ],
)
def test_rows_that_only_look_alike_are_left_in_peace(row, first, second) -> None:
    assert rules(pair(row, first, second)) == []


PROSE = "the refund is granted to the customer who asked for it within thirty days of the purchase"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (PROSE, PROSE.replace("is granted", "is not granted")),
        ("Yes, the new contract does allow that", "No, the new contract does allow that"),
        ("SELECT name FROM people WHERE age > 30", "SELECT name FROM people WHERE age < 30"),
        ("SELECT name FROM people ORDER BY name ASC", "SELECT name FROM people ORDER BY name DESC"),
        ('{"name": "Ada", "city": "Rome", "age": 5}', '{"name": "Eve", "city": "Rome", "age": 5}'),
    ],
)
def test_answers_that_differ_in_what_decides(row, first, second) -> None:
    assert rules(pair(row, ("the same question", first), ("the same question", second))) == [(2, "contradiction")]


def test_json_goes_by_its_values(row) -> None:
    answers = ('{"a": 1, "b": [1, 2]}', '{ "b": [1,2],\n "a": 1 }')
    assert rules(pair(row, ("asked", answers[0]), ("asked", answers[1]))) == [(2, "near_duplicate")]


def test_operators_of_code_make_other_questions(row) -> None:
    code = "def pick(a, b):\n    return [x for x in a if x {} b]\n\nWhat does it return?"
    assert rules(pair(row, (code.format(">"), "above"), (code.format("<"), "below"))) == []


def test_other_questions_on_one_document_are_no_duplicates(row) -> None:
    document = LONG * 6
    first, second = f"{document}\n\nDoes it name a city?", f"{document}\n\nDoes it name a child?"
    assert rules(pair(row, (first, "yes"), (second, "yes"))) == []


def test_many_rows_out_of_one_template_are_no_duplicates_of_each_other(row) -> None:
    chance = random.Random(3)
    others = [" ".join(f"w{chance.randrange(5000)}" for _ in range(30)) for _ in range(400)]
    frame = "Which intent has the message that a customer of the shop wrote to us on the form for questions please"
    slots = [f"{frame} {chance.randrange(10**6)} my {word}" for word in (f"thing{n}" for n in range(60))]
    train = [row(text, "refund", n) for n, text in enumerate([*others, *slots], start=1)]
    assert [line for line, rule in rules(train) if rule == "near_duplicate"] == []


def test_labels_and_numbers_agree_with_their_equals_only(row) -> None:
    assert rules(pair(row, ("a question", "card_arrival"), ("A question!", "card arrival"))) == [(2, "near_duplicate")]
    for one, other in (("5", "-5"), ("1.5", "15"), ("yes", "no")):
        assert rules(pair(row, ("a question", one), ("a question", other))) == [(2, "contradiction")]


def test_a_row_that_agrees_with_an_earlier_one_is_no_new_contradiction(row) -> None:
    train = [row("a question", answer, line) for line, answer in enumerate(("yes", "no", "yes", "no", "Yes"), start=1)]
    expected = [(2, "contradiction"), (3, "exact_duplicate"), (4, "exact_duplicate"), (5, "near_duplicate")]
    assert rules(train) == expected


def test_the_earlier_row_is_the_related_one(row) -> None:
    (found,) = find_repeats({"train": pair(row, (LONG, ANSWER), (LONG + ".", ANSWER))}).findings
    assert [str(place) for place in found.related] == ["rows.jsonl:1"]


def test_other_instructions_may_give_other_answers() -> None:
    def asked(system, answer, line):
        turns = (Message(role="system", content=system), Message(role="user", content="Is it open?"))
        return make_row(turns, answer, file="f", line=line)

    assert rules([asked("In English.", "yes", 1), asked("Auf Deutsch.", "ja", 2)]) == []
    assert rules([asked("In English.", "yes", 1), asked("in english", "no", 2)]) == [(2, "contradiction")]


def test_leakage_is_a_finding_on_the_held_out_row(row) -> None:
    train = [row(LONG, ANSWER, 1), row("another question", "b", 2)]
    test = [row(LONG + "!", ANSWER, 1, "t"), row(LONG.replace("May", "June"), ANSWER, 2, "t"), row("new", "c", 3, "t")]
    found = find_repeats({"train": train, "test": test})
    leaks = [one for one in found.findings if one.rule == "leakage"]
    assert [(one.file, one.line, str(one.related[0])) for one in leaks] == [
        ("t", 1, "rows.jsonl:1"),
        ("t", 2, "rows.jsonl:1"),
    ]
    assert (found.leaked["test"], found.nearly_leaked["test"]) == (1, 1)


def test_languages_without_spaces_are_compared_by_characters(row) -> None:
    text = "请问今天下午三点从北京南站出发去上海虹桥的高铁票还有没有剩余座位可以预订"
    assert rules(pair(row, (text, "有"), (text.replace("下午", "上午"), "有"))) == [(2, "near_duplicate")]
    assert rules(pair(row, ("今天天气怎么样", "晴"), ("明天天气怎么样", "晴"))) == []


def test_a_frame_that_all_rows_share_makes_none_of_them_alike(row) -> None:
    frame = "Classify the sentiment of the following review of a product as positive or negative, in one word only: "
    words = random.Random(5).sample(range(10_000), 400)
    train = [row(f"{frame}item{words[2 * n]} was item{words[2 * n + 1]}", "positive", n + 1) for n in range(200)]
    found = find_repeats({"train": train})
    assert found.findings == ()
    assert found.template_share > 0.8


def test_edits_of_one_to_three_words_are_found_in_long_texts(row) -> None:
    chance = random.Random(7)
    vocabulary = [f"word{number}" for number in range(3000)]
    train = [row(" ".join(chance.choices(vocabulary, k=chance.randint(20, 60))), "a", n + 1) for n in range(300)]
    edited = []
    for place in range(100):
        words = train[place].input_text.split()
        for _ in range(chance.randint(1, 3)):
            words[chance.randrange(len(words))] = chance.choice(vocabulary)
        edited.append(row(" ".join(words), "a", 301 + place))
    found = find_repeats({"train": train + edited}).findings
    right = [one for one in found if one.line > 300 and one.related[0].line == one.line - 300]
    assert len(right) >= 99
    assert len(found) == len(right)
