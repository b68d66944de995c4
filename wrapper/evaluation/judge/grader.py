"""Grades responses by a judge's two verdicts on each: once as answer A, once as answer B."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from wrapper.endpoint import price_usd, tokens_of
from wrapper.evaluation.answers import AnswerStore
from wrapper.evaluation.judge.panel import Chats, Comparison, Panel, Tally
from wrapper.evaluation.judge.prompt import Better, Verdict, is_shortened
from wrapper.evaluation.scores import Grade
from wrapper.spec.grading_fields import Judge

_EXPECTED_TOKENS = 80  # of a verdict with its reason; a model that reasons first writes many times that
_ORDERS = ("as answer A", "as answer B")


def both_orders(question: str, response: str, gold: str) -> tuple[Comparison, Comparison]:
    """The response as A, then as B."""
    return (
        Comparison(question=question, a=response, b=gold),
        Comparison(question=question, a=gold, b=response),
    )


class JudgeGrader:
    """The metric `judge`. `tally` holds what was asked and spent, and how often the order decided.

    `on_usd` hears the dollars of each answer as it arrives, stored already; if it raises, no more is asked.
    """

    name: Final = "judge"
    binary: Final = False

    def __init__(
        self, judge: Judge, client: Chats, answers: AnswerStore, *, on_usd: Callable[[float], None] | None = None
    ) -> None:
        self._panel = Panel(judge=judge, client=client, answers=answers, on_usd=on_usd or (lambda usd: None))

    @property
    def tally(self) -> Tally:
        return self._panel.tally

    def estimate(self, questions: Sequence[str], responses: Sequence[str], golds: Sequence[str]) -> float:
        """About what grading costs in dollars, less what is stored or needs no call.

        A judge that reasons before it answers, or must be asked twice, costs more.
        """
        rows = zip(questions, responses, golds, strict=True)
        unknown = [one for row in rows if _without_a_call(row[1], row[2]) is None for one in both_orders(*row)]
        asked = self._panel.unanswered(unknown)
        characters = sum(len(turn.content) for one in asked for turn in self._panel.request(one).messages)
        return price_usd(self._panel.judge, tokens_of(characters), len(asked) * _EXPECTED_TOKENS)

    def grade_rows(self, questions: Sequence[str], responses: Sequence[str], golds: Sequence[str]) -> list[Grade]:
        """1 where the judge finds the response at least as good as the gold answer in both orders, 0.5 in one, else 0.

        A response that is the gold answer is not asked about, and neither is an empty one. Raises what the client
        and `on_usd` raise; what was answered until then is stored.
        """
        rows = list(zip(questions, responses, golds, strict=True))
        known = [_without_a_call(response, gold) for _, response, gold in rows]
        asked = [row for row, grade in zip(rows, known, strict=True) if grade is None]
        judged = self.judged(asked)
        self.tally.rows += sum(grade.score is not None for grade in judged)
        self.tally.unreadable += sum(grade.score is None for grade in judged)
        self.tally.shortened += sum(is_shortened(*row) for row in asked)
        unused = iter(judged)
        return [grade or next(unused) for grade in known]

    def judged(self, rows: Sequence[tuple[str, str, str]]) -> list[Grade]:
        """The judge's grade of each question, response and gold answer, without shortcuts; only money is counted."""
        pairs = [both_orders(*row) for row in rows]
        verdicts = self._panel.verdicts([one for pair in pairs for one in pair])
        return [_grade(pair[0], verdicts[pair[0]], verdicts[pair[1]]) for pair in pairs]


def position_bias(grades: Iterable[Grade]) -> tuple[float | None, int]:
    """The share of judged answers whose verdict changed with the order, None without any; and how many were judged."""
    judged = [grade.parts for grade in grades if set(_ORDERS) <= set(grade.parts)]
    pairs = [tuple(parts[order] for order in _ORDERS) for parts in judged]
    return (sum(as_a != as_b for as_a, as_b in pairs) / len(pairs) if pairs else None), len(pairs)


def _grade(asked: Comparison, first: Verdict, second: Verdict) -> Grade:
    shortened = is_shortened(asked.question, asked.a, asked.b)
    note = "; long texts were shortened in the middle for the judge" if shortened else ""
    if first.better is None or second.better is None:
        reason = (first if first.better is None else second).reason
        return Grade(score=None, answer=asked.a, explanation=f"the judge gave {reason}{note}")
    as_a, as_b = _score(first.better, gold="B"), _score(second.better, gold="A")
    return Grade(
        score=(as_a + as_b) / 2,
        answer=asked.a,
        explanation=_explanation(as_a, as_b, first, second) + note,
        parts=dict(zip(_ORDERS, (as_a, as_b), strict=True)),
    )


def _without_a_call(response: str, gold: str) -> Grade | None:
    if response.strip() == gold.strip():
        return Grade(score=1.0, answer=response)
    return None if response.strip() else Grade(score=0.0, explanation="empty response")


def _score(better: Better, *, gold: Better) -> float:
    return 0.0 if better == gold else 1.0


def _explanation(as_a: float, as_b: float, first: Verdict, second: Verdict) -> str:
    if as_a == as_b:
        return first.reason if as_a else f"the judge prefers the gold answer: {first.reason}"
    lost = first if as_a < as_b else second
    return f"the judge prefers the gold answer in one order only: {lost.reason}"
