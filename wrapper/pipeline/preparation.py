"""The first steps, which cost nothing: rows read, audited, split, frozen; graders tried on gold answers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from hashlib import file_digest
from pathlib import Path

from wrapper.data.corpus import read_corpus, standing_in
from wrapper.data.freeze import freeze, thaw
from wrapper.data.held_out import as_file, frozen_in, held_out
from wrapper.data.prepare import Prepared, prepare
from wrapper.data.reading.sources import find_sources
from wrapper.data.rows import Row
from wrapper.data.writing import write_folder
from wrapper.evaluation.graders import Grader, get_grader, self_test
from wrapper.pipeline.hub_data import fetch_hub_data
from wrapper.pipeline.run import Run, key_of

_SHOWN = 5


def prepare_data(run: Run) -> Prepared:
    """The frozen rows; the data gate refuses what should not be trained on."""
    started = time.monotonic()
    spec, folder = run.loaded.spec, run.loaded.folder
    fetch_hub_data(spec.data, say=run.reporter.note)
    digests = {split: _digests(named, folder) for split, named in spec.data.named.items()}
    key = key_of("data", spec.data, spec.task.kind, digests)
    record = run.done_before(key)
    if record:
        prepared = thaw(run.project.place(record.detail["made"]))
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
        reused=record is not None,
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


def _digests(named: Sequence[str], folder: Path) -> list[tuple[str, str]]:
    """Each file that is named for a split, and its sha256."""
    return [(source.name, _digest(source.path)) for source in find_sources(named, folder)[0]]


def _digest(file: Path) -> str:
    """sha256 of a data file; one that cannot be read is told of by the reader."""
    try:
        if not file.is_file():  # a pipe would be waited for
            return ""
        with file.open("rb") as stream:
            return file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""


def check_grader(run: Run, prepared: Prepared, labels: tuple[str, ...]) -> Grader:
    """The grader gate: gold answers score 1 and junk scores 0, before any model runs."""
    spec = run.loaded.spec
    grader = get_grader(spec.task.metric, labels=labels)
    problems = self_test(grader, [row.answer for row in prepared.test], spec.data.seed)
    said = "gold answers score 1, junk scores 0"
    if problems:
        said = f"{len(problems)} of {len(prepared.test)} gold answers are not graded right"
        shown = "".join(
            f"\n  {prepared.test[problem.row].file}:{prepared.test[problem.row].line}: gold answer {problem.message}"
            for problem in problems[:_SHOWN]
        )
        run.gate(
            "grader",
            f"the metric `{spec.task.metric}` does not grade {len(problems)} of {len(prepared.test)} gold answers "
            f"right:{shown}",
            hint="add the missing labels to `task.labels`, or mend these rows"
            if spec.task.metric == "label"
            else "choose the metric that fits the answers, or mend these rows",
        )
    run.reporter.step("graders", f"{spec.task.metric}: {said}")
    odd = [row for row in prepared.train if grader.grade(row.answer, row.answer).score != 1]
    if odd:
        first = f"{odd[0].file}:{odd[0].line}"
        run.reporter.note(f"{len(odd)} training answers could not be graded as gold answers either, {first} first")
    return grader
