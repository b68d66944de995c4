"""The before, during and after lists, each line ticked by evidence of this project or left open."""

from __future__ import annotations

from wrapper.pipeline.checklist.after import AFTER
from wrapper.pipeline.checklist.before import BEFORE
from wrapper.pipeline.checklist.during import DURING
from wrapper.pipeline.checklist.evidence import Evidence
from wrapper.pipeline.checklist.line import SECTIONS, Line, Section, State
from wrapper.pipeline.checklist.reading import read_evidence

__all__ = ["SECTIONS", "Evidence", "Line", "Section", "State", "lines_of", "read_evidence"]


def lines_of(evidence: Evidence) -> tuple[Line, ...]:
    """Every line, in the order in which a project meets them."""
    return tuple(check(evidence) for check in (*BEFORE, *DURING, *AFTER))
