"""The verdict in one sentence: the p that it goes by, against the arm that it hangs on."""

from __future__ import annotations

import pytest

from wrapper.evaluation.scores import ArmScores, Grade, RowScore
from wrapper.evaluation.verdict import Verdict, decide
from wrapper.pipeline.outcome import verdict_text


def arm(name: str, scores: list[float]) -> ArmScores:
    rows = tuple(RowScore(row_id=str(n), response="", grade=Grade(score=score)) for n, score in enumerate(scores))
    return ArmScores(arm=name, scoring="generated", metric="label", rows=rows, seconds=1.0)


def share(right: int, rows: int = 60) -> list[float]:
    return [1.0] * right + [0.0] * (rows - right)


def judge(tuned: list[float], *cheaper: list[float]) -> Verdict:
    names = ("classical", *(f"arm {number}" for number in range(1, len(cheaper))))
    arms = [arm(name, scores) for name, scores in zip(names, cheaper, strict=True)]
    return decide(arm("tuned", tuned), arms, binary=True, target=0.8, seed=0)


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (
            judge(share(40), share(47), *[share(40)] * 8),
            "no difference was shown after correction for 9 cheaper arms (Holm): -0.117 "
            "(95 % interval -0.222 to -0.049, p = 0.14, 60 rows, 0 won and 7 lost) "
            "against the best cheaper arm, `classical`",
        ),
        (
            judge(share(40), share(43), share(40)),
            "no difference was shown: -0.050 (95 % interval -0.137 to +0.013, p = 0.25, 60 rows, "
            "0 won and 3 lost) against the best cheaper arm, `classical`; about 97 more test rows would decide it",
        ),
        (
            judge(share(40), share(47)),
            "tuned is worse than a cheaper arm: -0.117 (95 % interval -0.222 to -0.049, p = 0.016, 60 rows, "
            "0 won and 7 lost) against the best cheaper arm, `classical`",
        ),
        (
            judge(share(40), share(47), share(40)),
            "tuned is worse than a cheaper arm after correction for 2 cheaper arms (Holm): -0.117 (95 % interval "
            "-0.222 to -0.049, p = 0.031, 60 rows, 0 won and 7 lost) against the best cheaper arm, `classical`",
        ),
        (
            judge(share(47), share(40), share(30)),
            "tuned is better than every cheaper arm: +0.117 (95 % interval +0.049 to +0.222, p = 0.016, 60 rows, "
            "7 won and 0 lost) against the best cheaper arm, `classical`",
        ),
        (
            judge(share(47), share(40), [0.0] * 22 + share(38, 38)),
            "no difference was shown: +0.150 (95 % interval -0.044 to +0.332, p = 0.18, 60 rows, 22 won and 13 lost) "
            "against a cheaper arm, `arm 1`; about 153 more test rows would decide it",
        ),
    ],
)
def test_sentence(verdict: Verdict, text: str) -> None:
    assert verdict_text(verdict) == text
