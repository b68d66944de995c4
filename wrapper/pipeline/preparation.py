"""The first steps, which cost nothing: rows read, audited, split, frozen; graders tried on gold answers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

from wrapper.data.corpus import read_corpus, standing_in
from wrapper.data.freeze import freeze
from wrapper.data.held_out import as_file, frozen_in, held_out
from wrapper.data.prepare import prepare
from wrapper.data.prepared import Prepared
from wrapper.data.rows import Row
from wrapper.data.writing import write_folder
from wrapper.evaluation.grader_options import grader_options
from wrapper.evaluation.graders import AnyGrader, get_grader, rows_grader
from wrapper.evaluation.graders.text import lenient
from wrapper.evaluation.grading import grade_rows, try_on_rows
from wrapper.pipeline.frozen_data import data_key, frozen_rows
from wrapper.pipeline.hub_data import fetch_hub_data
from wrapper.pipeline.judging import BudgetedJudge
from wrapper.pipeline.run import Run

_SHOWN = 5
_GRADER_HINTS = {
    "label": "add the missing labels to `task.labels`, or mend these rows",
    "constraints": "loosen `task.grading.constraints`, or mend these rows",
    "json_schema": "mend the schema, or these rows",
    "function": "mend the function that `task.grading.function` names, or these rows",
}


def prepare_data(run: Run) -> Prepared:
    """The frozen rows; the data gate refuses what should not be trained on."""
    started = time.monotonic()
    spec, folder = run.loaded.spec, run.loaded.folder
    fetch_hub_data(spec.data, say=run.reporter.note)
    key = data_key(run.loaded)
    found = frozen_rows(run.project, key)
    reused = found is not None
    if found is not None:
        prepared = found
    else:
        held = run.project.held_out_file(spec.data.seed)
        frozen = frozen_in(held)
        prepared = prepare(spec.data, folder, spec.task.kind, frozen=frozen)
        with run.step("data", key) as step:
            step.detail["made"] = run.project.noted(freeze(prepared, run.project.data_folder(prepared.digest)))
            drawn = held_out(spec.data.seed, prepared, frozen)
            write_folder(held.parent, {held.name: as_file(drawn)})
            step.free = True
    formats = ", ".join(sorted({form for _, form in prepared.formats}))
    run.reporter.step(
        "data",
        f"{len(prepared.train)} training, {len(prepared.validation)} validation, "
        f"{len(prepared.test)} test rows ({formats})",
        seconds=time.monotonic() - started,
        reused=reused,
    )
    for note in prepared.notes:
        run.reporter.note(note)
    seen = _seen_in_corpus(run, prepared)
    if seen:
        first = f"{seen[0].file}:{seen[0].line}"
        stand = f"{len(seen)} of {len(prepared.test)} test rows stand in the corpus, {first} first"
        run.gate("data", stand, hint="remove their text from `data.corpus`")
    if prepared.objections:
        worst = [str(fault) for fault in prepared.faults[:_SHOWN]]
        more = [f"... and {len(prepared.faults) - _SHOWN} more"] if len(prepared.faults) > _SHOWN else []
        listing = "".join(f"\n  {line}" for line in [*worst, *more])
        run.gate("data", f"the data is not fit to train on: {'; '.join(prepared.objections)}{listing}",
                 hint="mend or remove these rows")  # fmt: skip
    return prepared


def _seen_in_corpus(run: Run, prepared: Prepared) -> list[Row]:
    """Test rows that training on the corpus would show."""
    corpus = run.loaded.spec.data.corpus
    if corpus is None or run.loaded.spec.training.objective != "text":
        return []
    return standing_in(read_corpus(run.loaded.folder / corpus), prepared.test)


def check_grader(run: Run, prepared: Prepared, labels: tuple[str, ...]) -> AnyGrader:
    """The grader gate: gold answers score 1 and junk scores 0, before any model runs.

    Raises BadInput for a schema or function that the spec names and that does not work.
    """
    spec, test = run.loaded.spec, prepared.test
    grader = _grader(run, labels)
    if isinstance(grader, BudgetedJudge):
        problems = grader.self_test([row.input_text for row in test], [row.answer for row in test], spec.data.seed)
    else:
        problems = try_on_rows(grader, test, spec.data.seed)
    said = "gold answers score 1, junk scores 0"
    if problems:
        count = len({problem.row for problem in problems})
        said = f"{count} of {len(test)} gold answers are not graded right"
        shown = "".join(
            f"\n  {test[problem.row].file}:{test[problem.row].line}: gold answer {problem.message}"
            for problem in problems[:_SHOWN]
        )
        run.gate(
            "grader",
            f"the metric `{spec.task.metric}` does not grade {count} of {len(test)} gold answers right:{shown}",
            hint=_GRADER_HINTS.get(spec.task.metric, "choose the metric that fits the answers, or mend these rows"),
        )
    run.reporter.step("graders", f"{spec.task.metric}: {said}")
    for note in _grader_notes(grader, prepared, spec.task.grading.aliases):
        run.reporter.note(note)
    return grader


def _grader(run: Run, labels: tuple[str, ...]) -> AnyGrader:
    task = run.loaded.spec.task
    if task.metric == "judge":
        return BudgetedJudge(run)
    options = grader_options(task.grading, run.loaded.folder)
    if task.metric == "function":
        return rows_grader(task.metric, options=options)
    return get_grader(task.metric, labels=labels, options=options)


def _grader_notes(grader: AnyGrader, prepared: Prepared, aliases: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What is odd and stops nothing; a judge is not asked about the training rows."""
    rows = (*prepared.train, *prepared.validation, *prepared.test)
    known = {lenient(row.answer) for row in rows}
    unused = [f"`{gold}`" for gold in aliases if lenient(gold) not in known]
    if unused:
        yield f"`task.grading.aliases`: no row has the gold answer {', '.join(unused[:_SHOWN])}"
    if isinstance(grader, BudgetedJudge):
        return
    grades = grade_rows(grader, prepared.train, [row.answer for row in prepared.train])
    odd = [row for row, grade in zip(prepared.train, grades, strict=True) if grade.score != 1]
    if odd:
        first = f"{odd[0].file}:{odd[0].line}"
        yield f"{len(odd)} training answers could not be graded as gold answers either, {first} first"
