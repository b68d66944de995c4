"""The frozen rows of a spec, found as a run would find them, and what speaks for and against them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wrapper.data.freeze import thaw
from wrapper.data.held_out import HeldOut, read_held_out
from wrapper.data.normalise import same_question_key
from wrapper.data.prepared import Prepared
from wrapper.data.rows import Row
from wrapper.errors import BadInput, ThriftuneError
from wrapper.pipeline.checklist.evidence import DataEvidence
from wrapper.pipeline.frozen_data import data_key
from wrapper.pipeline.project import Project
from wrapper.pipeline.run import done_before
from wrapper.spec.read import LoadedSpec


@dataclass(frozen=True, kw_only=True)
class FrozenRows:
    """The rows, and the run that froze them."""

    run_id: str
    rows: Prepared


def frozen_rows(project: Project, loaded: LoadedSpec) -> FrozenRows | None:
    """None where these files were never prepared as the spec says, or cannot be read now."""
    try:
        record = done_before(project, data_key(loaded))
        return FrozenRows(run_id=record.run_id, rows=thaw(project.place(record.detail["made"]))) if record else None
    except (ThriftuneError, OSError):
        return None


def data_evidence(project: Project, frozen: FrozenRows, seed: int, overridden: str | None) -> DataEvidence:
    """What the rows show; `overridden` is the reason that the latest run gave for passing the data gate."""
    rows = frozen.rows
    held_out_file = project.held_out_file(seed)
    held = _held_out(held_out_file)
    return DataEvidence(
        run_id=frozen.run_id,
        digest=rows.digest,
        train=len(rows.train),
        validation=len(rows.validation),
        test=len(rows.test),
        repeated=rows.repeated,
        left_out=len(rows.faults),
        near_duplicates=rows.audit.counts().get("near_duplicate", 0),
        objections=rows.objections,
        overridden=overridden,
        shared=_shared((rows.train, rows.validation, rows.test)),
        is_held=held is not None
        and {row.row_id for row in rows.test} <= set(held.test)
        and {row.row_id for row in rows.validation} <= set(held.validation),
        held_out_file=held_out_file.name,
    )


def _held_out(file: Path) -> HeldOut | None:
    try:
        return read_held_out(file)
    except BadInput:  # broken: it holds nothing
        return None


def _shared(splits: Sequence[Sequence[Row]]) -> int:
    """Inputs that stand in more than one split."""
    seen: set[str] = set()
    shared: set[str] = set()
    for rows in splits:
        inputs = {same_question_key(row) for row in rows}
        shared |= seen & inputs
        seen |= inputs
    return len(shared)
