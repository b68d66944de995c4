"""The classical rung: what the task scores without a language model, in seconds on one core."""

from __future__ import annotations

from wrapper.evaluation.classical.choose import ClassicalResult, predict

__all__ = ["ClassicalResult", "predict"]
