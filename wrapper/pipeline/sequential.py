"""The tuned arm asked in a random order of rows, a few at a time, until the verdict is certain."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from wrapper.evaluation.measure import GENERATED, Measured
from wrapper.evaluation.scores import ArmScores
from wrapper.evaluation.sequential import SequentialTest, look_order, require_single_rows
from wrapper.evaluation.verdict import Verdict, decide_sequentially
from wrapper.pipeline.measurement import Session, keep

_ROWS_A_LOOK = 16  # about a batch: looking costs nothing, but smaller batches answer more slowly


def measure_sequentially(
    session: Session, cheaper: Sequence[ArmScores], *, binary: bool, target: float, seed: int
) -> tuple[list[ArmScores], Verdict]:
    """The scores of the rows that were answered, and the verdict at the stop."""
    require_single_rows(cheaper)
    test = session.arms.prepared.test
    prompts = session.prompts_of("tuned")
    order = look_order(len(test), seed)
    known = {arm.name: {row.row_id: row.grade.score for row in arm.rows} for arm in cheaper}
    watch = SequentialTest(binary, list(known), len(test))
    so_far: ArmScores | None = None
    new = 0
    for start in range(0, len(order), _ROWS_A_LOOK):
        places = order[start : start + _ROWS_A_LOOK]
        rows = [test[place] for place in places]
        found = session.ask("tuned", rows, [prompts[place] for place in places], scorings=(GENERATED,))
        some, new = found.scores[0], new + found.new
        so_far = _joined(so_far, some)
        pairs: dict[str, list[tuple[float, float]]] = {name: [] for name in known}
        for row in some.rows:
            for name, graded in known.items():
                ours, theirs = row.grade.score, graded.get(row.row_id)
                if ours is not None and theirs is not None:
                    pairs[name].append((ours, theirs))
        decision = watch.update(pairs, looked=len(rows))
        if decision.stop:
            break
    assert so_far is not None  # there are test rows
    scores = keep(session.run, "tuned", Measured(scores=[so_far], new=new))
    verdict = decide_sequentially(so_far, cheaper, binary=binary, target=target, seed=seed, decision=decision)
    if verdict.rows_saved:
        session.run.reporter.note(
            f"the verdict was certain after {len(so_far.rows)} of {len(test)} test rows: the rest was not asked"
        )
    return scores, verdict


def _joined(before: ArmScores | None, some: ArmScores) -> ArmScores:
    if before is None:
        return some
    return msgspec.structs.replace(
        before,
        rows=before.rows + some.rows,
        seconds=before.seconds + some.seconds,
        prompts_cut=before.prompts_cut + some.prompts_cut,
        answers_cut=before.answers_cut + some.answers_cut,
        answers_filtered=before.answers_filtered + some.answers_filtered,
        answers_empty=before.answers_empty + some.answers_empty,
    )
