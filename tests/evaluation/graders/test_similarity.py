"""ROUGE-L and chrF against the libraries that define them, in any script."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics.chrf import CHRF

from wrapper.evaluation.graders import get_grader
from wrapper.evaluation.graders.similarity import words

ROUGE, CHRF_GRADER = get_grader("rouge_l"), get_grader("chrf")
WORDS = st.sampled_from(["the", "cat", "sat", "on", "a", "mat.", "It's", "x_y", "2"])
SENTENCES = st.lists(WORDS, max_size=20).map(" ".join)


@given(SENTENCES, SENTENCES | st.text(string.ascii_letters + string.digits + " .-'", max_size=60))
def test_rouge_l_is_that_of_rouge_score(gold: str, response: str) -> None:
    found = ROUGE.grade(response, gold)
    if found.score is None:
        assert not words(gold)
        return
    told = RougeScorer(["rougeL"]).score(gold, response)["rougeL"]
    assert found.score == pytest.approx(told.fmeasure)
    if found.parts:
        assert found.parts == {"precision": pytest.approx(told.precision), "recall": pytest.approx(told.recall)}


@settings(deadline=None)
@given(SENTENCES.filter(str.strip), st.text(string.printable, max_size=60))
def test_chrf_is_that_of_sacrebleu(gold: str, response: str) -> None:
    told = CHRF().sentence_score(response.strip(), [gold]).score / 100
    assert CHRF_GRADER.grade(response, gold).score == pytest.approx(told)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Über die Brücke, schnell!", ["über", "die", "brücke", "schnell"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("我在北京。", ["我", "在", "北", "京"]),
        ("Привет, мир", ["привет", "мир"]),
        ("iPhone在手", ["iphone", "在", "手"]),
        ("… !", []),
    ],
)
def test_words_of_other_scripts_count(text: str, found: list[str]) -> None:
    assert words(text) == found


@pytest.mark.parametrize("grader", [ROUGE, CHRF_GRADER], ids=["rouge_l", "chrf"])
def test_hostile_answers(grader) -> None:
    gold = "The printer is out of paper."
    assert grader.grade("", gold).score == 0
    assert grader.grade("<think>The printer is out of paper.", gold).score == 0
    assert grader.grade(f"<think>hm</think> {gold}", gold).score == 1
    assert 0 <= grader.grade("the printer " * 9_000, gold).score < 0.5
    assert 0 <= grader.grade("\u0301\u200d😀\x00", gold).score <= 0.1
    assert grader.grade("anything", " ").score is None
    partly = grader.grade("The printer is broken.", gold)
    assert 0.3 < partly.score < 1
    assert partly.explanation


def test_rouge_l_of_an_emoji_cannot_be_graded() -> None:
    assert ROUGE.grade("😀", "😀").score is None
