"""The classical rung as a whole: the right method wins, the same way every time."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from random import Random

import pytest

from wrapper.data.rows import Message, Row
from wrapper.errors import BadInput
from wrapper.evaluation.classical import ClassicalResult, predict
from wrapper.evaluation.graders import Grader, get_grader

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
INTENTS = ("card_arrival", "card_linking", "change_pin", "exchange_rate", "lost_or_stolen_card")
needs_data = pytest.mark.skipif(not SHARED.is_dir(), reason="no ../shared/data here")

NAMES = ("Anna", "Bo", "Carla", "Dmitri", "Eve", "Farid", "Grace", "Hugo", "Ines", "Jan", "Kim", "Lea")
CITIES = ("Oslo", "Lima", "New York", "Cairo", "Delhi", "Bern", "Quito", "Accra")


def row(number: int, text: str, answer: str) -> Row:
    message = Message(role="user", content=text)
    return Row(row_id=str(number), messages=(message,), answer=answer, file="f", line=number + 1)


def bookings(rows: int, seed: int) -> list[Row]:
    random = Random(seed)
    made = []
    for number in range(rows):
        name, city, guests = random.choice(NAMES), random.choice(CITIES), random.randint(2, 9)
        said, answer = random.choice(
            [
                (f"Hi, {name} here: {guests} seats to {city}", {"name": name, "to": city, "seats": guests}),
                (f"To {city} for {guests}, it's {name}", {"name": name, "to": city, "seats": guests}),
                (f"Book {city.upper()} for me, {name}!", {"name": name, "to": city}),
            ]
        )
        made.append(row(number, said, json.dumps(answer)))
    return made


def score(result: ClassicalResult, test: list[Row], grader: Grader) -> float:
    pairs = zip(result.responses, test, strict=True)
    return sum(grader.grade(response, one.answer).score or 0.0 for response, one in pairs) / len(test)


def test_spans_are_tagged_typed_and_composed() -> None:
    grader, test = get_grader("exact_match_lenient"), bookings(60, 2)
    result = predict("extraction", bookings(150, 0), bookings(40, 1), test, grader=grader, seed=0)
    assert result.method == "token tagger"
    assert [name for name, _ in result.candidates] == [
        "nearest training row's answer",
        "nearest training row's answer with slots",
        "token tagger",
    ]
    # as text, so that key order and numbers as numbers count; capitals are folded
    assert score(result, test, grader) > 0.9


def test_labels_are_learnt_and_rows_held_out_where_there_is_no_validation() -> None:
    random = Random(0)
    words = {"billing": ("invoice", "refund", "charge"), "login": ("password", "account", "locked")}
    rows = []
    for number in range(120):
        label = random.choice(sorted(words))
        text = " ".join([*random.sample(NAMES, 4), random.choice(words[label]), *random.sample(CITIES, 3)])
        rows.append(row(number, text, label))
    grader = get_grader("label", labels=sorted(words))
    result = predict("classification", rows[:80], [], rows[80:], grader=grader, seed=0)
    assert result.method == "TF-IDF with logistic regression"
    assert score(result, rows[80:], grader) > 0.95
    again = predict("classification", rows[:80], [], rows[80:], grader=grader, seed=0)
    assert (again.responses, again.candidates) == (result.responses, result.candidates)


def test_equal_scores_go_to_the_simplest() -> None:
    rows = [row(number, f"question {number}", f"reply {7 * number + 3}") for number in range(30)]
    grader = get_grader("exact_match")
    result = predict("chat", rows[:15], rows[15:25], rows[25:], grader=grader, seed=0)
    assert result.method == "nearest training row's answer"
    assert [found for _, found in result.candidates] == [0.0, 0.0]


def test_slots_win_where_answers_repeat_parts_of_the_input() -> None:
    random = Random(0)
    rows = []
    for number in range(90):
        country, year = random.choice(CITIES), random.randint(1900, 2020)
        asked, field = random.choice([("How many live", "population"), ("How high is it", "altitude")])
        answer = f"SELECT {field} FROM city WHERE name = '{country}' AND year = {year}"  # noqa: S608
        rows.append(row(number, f"{asked} in {country} in {year}?", answer))
    grader = get_grader("sql")
    result = predict("sql", rows[:40], rows[40:60], rows[60:], grader=grader, seed=0)
    assert result.method == "nearest training row's answer with slots"
    assert score(result, rows[60:], grader) > 0.8


def test_one_label_only_or_one_row_only() -> None:
    grader = get_grader("label", labels=["a", "b"])
    rows = [row(number, f"text {number}", "a") for number in range(20)]
    assert predict("classification", rows, [], rows[:2], grader=grader, seed=0).responses == ["a", "a"]
    assert predict("classification", rows[:1], [], rows[:2], grader=grader, seed=0).responses == ["a", "a"]
    assert predict("classification", rows, [], [], grader=grader, seed=0).responses == []


def test_no_training_rows() -> None:
    with pytest.raises(BadInput, match="no training rows"):
        predict("classification", [], [], [], grader=get_grader("exact_match"), seed=0)


def restaurant8k(name: str) -> list[Row]:
    made = []
    for number, one in enumerate(json.loads((SHARED / "restaurant8k" / name).read_text())):
        text = one["userInput"]["text"]
        spans = {label["slot"]: label["valueSpan"] for label in one.get("labels", [])}
        slots = {slot: text[span.get("startIndex", 0) : span["endIndex"]] for slot, span in spans.items()}
        made.append(row(number, text, json.dumps(slots)))
    return made


@needs_data
def test_restaurant8k_is_a_job_for_the_tagger() -> None:
    """By hand 0.67 to 0.74 exact from 200 rows."""
    random, grader = Random(0), get_grader("json_exact")
    train = random.sample(restaurant8k("train_0.json"), 240)
    test = random.sample(restaurant8k("test.json"), 300)
    result = predict("extraction", train[:200], train[200:], test, grader=grader, seed=0)
    assert result.method == "token tagger"
    assert score(result, test, grader) > 0.64
    assert result.fit_seconds < 30


@needs_data
def test_banking77_is_a_job_for_logistic_regression() -> None:
    def rows(name: str) -> list[Row]:
        with (SHARED / "banking77" / name).open() as lines:
            found = [row(n, one["text"], one["category"]) for n, one in enumerate(csv.DictReader(lines))]
        return [one for one in found if one.answer in INTENTS]

    grader = get_grader("label", labels=INTENTS)
    train, test = rows("train.csv"), rows("test.csv")
    train = Random(0).sample(train, 180)
    result = predict("classification", train[:120], train[120:], test, grader=grader, seed=0)
    assert result.method == "TF-IDF with logistic regression"
    assert score(result, test, grader) > 0.93


def test_no_judge_is_paid_to_choose_a_method() -> None:
    class Judge:
        name, binary = "judge", False

        def grade_rows(self, questions, responses, golds):
            raise AssertionError("asked")

    rows = [row(number, f"say {number % 5}", f"it is {number % 5}") for number in range(60)]
    result = predict("chat", rows[:40], rows[40:50], rows[50:], grader=Judge(), seed=0)
    assert result.responses == [one.answer for one in rows[50:]]
