"""The gold answer within a response, as it stands or as a pattern finds it."""

from __future__ import annotations

import pytest

from wrapper.evaluation.graders import GraderOptions, get_grader

CONTAINS = get_grader("contains")


def by(pattern: str):
    return get_grader("regex", options=GraderOptions(pattern=pattern))


@pytest.mark.parametrize(
    ("response", "gold", "score"),
    [
        ("The capital is Paris.", "paris", 1),
        ("The capital is PARIS", '"Paris".', 1),
        ("Parisian", "Paris", 0),
        ("a new\n  york minute", "New York", 1),
        ("It costs 3.5", "3", 0),
        ("It costs 13", "3", 0),
        ("It costs 3.", "3", 1),
        ("It costs 1,3", "3", 0),
        ("答案是北京。", "北京", 1),
        ("<think>Paris</think>London", "Paris", 0),
        ("```\nx = 1\n```\nso Paris", "Paris", 1),
        ("c++ is a language", "C++", 1),
        ("", "Paris", 0),
        ("a b " * 25_000 + "Paris", "Paris", 1),
        ("Paris", " ", None),
        *((token, "5", 0) for token in ("-5", "it is -5", "−5", "-$5", "$-5", "5.5", ".5", "5-7", "4–5", "5/8")),
        *((token, "5", 1) for token in ("5.", "(5)", "$5", "5%", "- 5", "x-5", "is--5", "= 5", "+5", "5, 6", "5-year")),
        ("5:30", "5", 0),
        ("1,500", "1", 0),
        ("1,500", "500", 0),
        ("1'500", "500", 0),
        ("2024-05-07", "7", 0),
        ("2024-05-07", "2024-05-07", 1),
        ("3-5", "-5", 0),
        ("it is -5", "-5", 1),
        ("3.5", ".5", 0),
        *((token, "C", 0) for token in ("C++", "C#", "C+", "C++11", "C#7", "in c++.")),
        *((token, "C", 1) for token in ("C.", "(C)", "C,", '"C"', "**C**", "C: yes", "C+D", "C - it is", "C's", "_C_")),
        ("C# or C++", "C#", 1),
        ("it is 10²", "102", 0),
        ("it is 10²", "10", 0),
        ("it is 10² m", "10²", 1),
        ("**New** York", "New York", 1),
        ("It’s Hawai‘i", "Hawai'i", 1),
    ],
)
def test_contains(response: str, gold: str, score: float | None) -> None:
    assert CONTAINS.grade(response, gold).score == score


@pytest.mark.parametrize(
    ("pattern", "response", "gold", "score", "answer"),
    [
        (r"Answer: (\w+)", "Answer: no. I mean: Answer: Yes", "yes", 1, "Yes"),
        (r"Answer: (\w+)", "Answer: Yes", "Answer: yes", 1, "Yes"),
        (r"Answer: (\w+)", "yes", "yes", 1, "yes"),
        (r"Answer: (\w+)", "yes", "Answer: yes", 0, ""),
        (r"Answer: (\w+)", "Answer: no", "yes", 0, "no"),
        (r"Answer: (\w+)", "I would say yes", "yes", 0, ""),
        (r"\d+", "first 12, then 13", "13", 1, "13"),
        (r"(\d*)", "13 and nothing", "13", 1, "13"),
        (r"Answer: (\w+)", "<think>Answer: yes</think>Answer: no", "yes", 0, "no"),
        (r"Answer: (\w+)", "", "yes", 0, ""),
        (r"Antwort: (\p{L}+)", "Antwort: Ärger", "ärger", 1, "Ärger"),
        (r"Answer: (\w+)", "x " * 50_000 + "Answer: yes", "yes", 1, "yes"),
        (r"Answer: (\w+)", "Answer: yes", "", None, ""),
    ],
)
def test_regex(pattern: str, response: str, gold: str, score: float | None, answer: str) -> None:
    grade = by(pattern).grade(response, gold)
    assert (grade.score, grade.answer) == (score, answer)


def test_a_pattern_without_end_is_stopped() -> None:
    grade = by(r"(?:\d+)*(?:\d+)\s*$").grade("1" * 100_000 + "x", "1")
    assert grade.score is None
    assert grade.explanation == "the response takes the pattern longer than 1 s"
