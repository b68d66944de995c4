"""The metric `judge`: a model compares each response with the gold answer, in both orders."""

from wrapper.evaluation.judge.gate import judge_self_test
from wrapper.evaluation.judge.grader import JudgeGrader, position_bias
from wrapper.evaluation.judge.panel import Comparison, Tally

__all__ = ["Comparison", "JudgeGrader", "Tally", "judge_self_test", "position_bias"]
