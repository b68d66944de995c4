"""Why the tuned model fails where it does, and the one thing to do about it before anyone spends again."""

from __future__ import annotations

from wrapper.evaluation.failures.diagnosis import Diagnosis, diagnose, loss_at_end

__all__ = ["Diagnosis", "diagnose", "loss_at_end"]
