"""Length and form of answers."""

from __future__ import annotations

from typing import Any

import pytest

from wrapper.evaluation.graders import AnswerConstraints, GraderOptions, get_grader, self_test
from wrapper.evaluation.graders.constraints import count_words
from wrapper.evaluation.graders.sentences import count_sentences


def grader(**asked: Any):
    return get_grader("constraints", options=GraderOptions(constraints=AnswerConstraints(**asked)))


@pytest.mark.parametrize(
    ("asked", "response", "told"),
    [
        ({"max_words": 3}, "one two three", ""),
        ({"max_words": 2}, "one two three", "3 words, more than 2"),
        ({"min_words": 4}, "one - two three", "3 words, fewer than 4"),
        ({"max_characters": 4}, "  abcd ", ""),
        ({"max_characters": 3}, "abcd", "4 characters, more than 3"),
        ({"max_sentences": 1}, "It costs 3.50 in all.", ""),
        ({"max_sentences": 1}, "Yes! No?", "2 sentences, more than 1"),
        ({"include": ("Best  Regards",)}, "... best\nregards", ""),
        ({"include": ("Hello", "you")}, "hello", "does not hold `you`"),
        ({"exclude": ("sorry",)}, "I am SORRY", "holds `sorry`"),
        ({"matches": r"\d+ EUR"}, "12 EUR", ""),
        ({"matches": r"\d+ EUR"}, "It is 12 EUR", "does not match the pattern"),
        ({"max_words": 1, "exclude": ("b",)}, "a b", "2 words, more than 1; holds `b`"),
        ({"max_words": 3}, "<think>so many words to think of</think>two words", ""),
        ({"max_words": 3}, "", "empty response"),
        ({"max_words": 3}, "<think>never ends", "empty response"),
        ({"max_characters": 10}, "x" * 100_000, "100000 characters, more than 10"),
    ],
)
def test_each(asked: dict[str, Any], response: str, told: str) -> None:
    grade = grader(**asked).grade(response, "no matter")
    assert (grade.score, grade.explanation) == (float(not told), told)
    if response and grade.answer:
        assert list(grade.parts) == list(asked)


@pytest.mark.parametrize(
    ("text", "words", "sentences"),
    [
        ("", 0, 0),
        ("...", 0, 0),
        ("One. Two", 2, 2),
        ('He said "Go!" and left.', 5, 2),
        ("- a\n- b", 2, 2),
        ("我在北京。你呢？", 6, 2),
        ("Wait... what?!", 2, 2),
        ("v1.2 at example.com", 3, 1),
    ],
)
def test_counts(text: str, words: int, sentences: int) -> None:
    assert (count_words(text), count_sentences(text)) == (words, sentences)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("e.g. Dr. Smith paid 3.5 dollars.", 1),
        ("The U.S. Army is large.", 1),
        ("He lives in the U.S. It is large.", 2),
        ("Mr. and Mrs. Jones met Prof. Li (i.e. her boss) at 5 p.m. on Monday.", 1),
        ("See No. 5 and Fig. 2, pp. 3-4.", 1),
        ("Is it so? No. It is not.", 3),
        ("J. K. Rowling wrote it.", 1),
        ("C. A. Smith met W. E. B. Du Bois.", 1),
        ("Choose plan B. It is cheap.", 2),
        ("You and I. Paris waits.", 2),
        ("Pears, plums etc. are fruit.", 1),
        ("It has pears, plums etc. Paris has none.", 2),
        ("Apple Inc. CEO Cook spoke on Jan. 5 of Smith et al. on it.", 1),
        ("1. Buy milk.\n2. Pay Dr. Ho.", 2),
        ("A. The first one", 1),
        ("It cost 5. Then it rose.", 2),
        ("He left (early.) She stayed.", 2),
        ('He said "no." She said yes.', 2),
        ("北京很大。上海呢？好！", 3),
        ("「好。」他说。", 2),
        ("我很好!你呢?", 2),
        ("etc.", 1),
        (". . . ok.", 1),
        ("क्या? हाँ।", 2),
    ],
)
def test_abbreviations_end_no_sentence(text: str, sentences: int) -> None:
    assert count_sentences(text) == sentences


def test_a_pattern_without_end_is_ungradable() -> None:
    grade = grader(matches=r"(?:\d+)*(?:\d+)*(?:\d+)*[:;]").grade("1" * 100_000 + "x", "")
    assert grade.score is None
    assert grade.explanation == "the response takes `matches` longer than 1 s"


def test_the_gate_finds_gold_answers_that_do_not_keep_them() -> None:
    (problem,) = self_test(grader(max_words=2), ["a b", "a b c", "d"], 0)
    assert problem.row == 1
    assert problem.message == "`a b c` scores 0, not 1, against itself by `constraints`: 3 words, more than 2"
