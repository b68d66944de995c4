"""The backend's config and the rows that it names, in a folder: what training runs, and what a user may take."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from wrapper.backends import get_backend
from wrapper.backends.protocol import Backend, RenderedConfig, TrainingPlan
from wrapper.data.corpus import Corpus
from wrapper.data.prepared import Prepared
from wrapper.data.row_lengths import row_lengths
from wrapper.data.rows import Row
from wrapper.data.tokens import Tokens
from wrapper.data.writing import training_lines
from wrapper.environments import find
from wrapper.errors import EnvironmentFault, GateRefused, ThriftuneError, UsageFault
from wrapper.models import find_model
from wrapper.pipeline.planning import plan_of, prepared_of
from wrapper.pipeline.task_prompt import system_prompt_of
from wrapper.plan.objections import REMEDY
from wrapper.plan.plan import Plan
from wrapper.plan.training import training_plan
from wrapper.spec.read import LoadedSpec


def place_plan(plan: Plan, model_path: Path, folder: Path, max_seconds: float | None) -> TrainingPlan:
    """The plan with its paths below one folder."""
    return training_plan(
        plan,
        model_path=model_path,
        train_file=folder / "rows" / "train.jsonl",
        validation_file=folder / "rows" / "validation.jsonl" if plan.eval_steps else None,
        work_dir=folder,
        end_of_turn=Tokens.load(model_path).end_of_turn(),
        max_seconds=max_seconds,
    )


def write_rows(plan: TrainingPlan, prepared: Prepared, system_prompt: str, corpus: Corpus | None) -> None:
    """The rows as the backend reads them: whole chats, the instructions first, none over the plan's length.

    A corpus takes their place: a piece of text a row.
    """
    plan.train_file.parent.mkdir(parents=True, exist_ok=True)
    if corpus is not None:
        plan.train_file.write_bytes(_texts(corpus.train))
        if plan.validation_file:
            plan.validation_file.write_bytes(_texts(corpus.validation))
        return
    tokens = Tokens.load(plan.model_path)

    def write(file: Path, rows: Sequence[Row]) -> None:
        lengths = row_lengths(tokens, rows, system_prompt)
        kept = [row for row, length in zip(rows, lengths, strict=True) if length <= plan.sequence_tokens]
        file.write_bytes(training_lines(kept, system_prompt))

    write(plan.train_file, prepared.train)
    if plan.validation_file:
        write(plan.validation_file, prepared.validation)


def _texts(pieces: Iterable[str]) -> bytes:
    return b"".join(msgspec.json.encode({"text": piece}) + b"\n" for piece in pieces)


def checked(backend: Backend, rendered: RenderedConfig) -> RenderedConfig:
    """Our own config must pass the checks that we put to others'."""
    found = backend.validate(rendered.text, file=rendered.filename)
    faults = [fault for fault in found if not fault.kind.startswith("warning")]
    if faults:
        raise ThriftuneError(
            f"the rendered {backend.NAME} config is wrong: {'; '.join(map(str, faults))}",
            hint="this is a fault in thriftune: please report it with the spec",
        )
    return rendered


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """What was written, the command that trains with it, and what the export, if there is one, cannot say."""

    files: tuple[Path, ...]
    command: str
    left_out: tuple[str, ...]


def render_to(loaded: LoadedSpec, folder: Path, *, force: bool = False) -> Rendered:
    """Write the config and its rows into a folder, for the user's own use: nobody watches that training.

    Raises UsageFault where that would write over files that are there, unless `force` is given.
    """
    spec = loaded.spec
    model = find_model(spec.model, loaded.folder)
    if model is None:
        raise EnvironmentFault(
            "the model is not on this machine yet",
            hint="`thriftune baseline` fetches it and measures it untuned",
        )
    planned = plan_of(loaded)
    plan = planned.plan
    if plan.objections:
        raise GateRefused("; ".join(plan.objections), gate="fit", hint=REMEDY)
    prepared = prepared_of(loaded)
    placed = replace(place_plan(plan, model.path, folder.resolve(), None), events_file=None, stop_file=None)
    backend = get_backend(plan.backend)
    rendered = checked(backend, backend.render(placed))
    export = backend.export(placed)
    texts = {rendered.filename: rendered.text} | ({export.filename: export.text} if export else {})
    written = [*(folder.resolve() / name for name in texts), placed.train_file, *filter(None, [placed.validation_file])]
    _keep_what_is_there(written, force=force)
    folder.mkdir(parents=True, exist_ok=True)
    write_rows(placed, prepared, system_prompt_of(spec, prepared.train), planned.corpus)
    for name, text in texts.items():
        (folder.resolve() / name).write_text(text, encoding="utf-8")
    environment = find(plan.backend, plan.accelerator)
    python = environment.python if environment else Path("python")
    variables = [f"{name}={value}" for name, value in backend.train_environment(placed).items()]
    argv = backend.train_argv(python, folder.resolve() / rendered.filename, placed)
    return Rendered(
        files=tuple(folder / name for name in texts),
        command=shlex.join(["env", *variables, *argv]),
        left_out=export.left_out if export else (),
    )


def _keep_what_is_there(files: Iterable[Path], *, force: bool) -> None:
    there = [str(file) for file in files if file.exists()]
    if there and not force:
        raise UsageFault(
            f"there already: {', '.join(there)}", hint="write into another folder, or over them with `--force`"
        )
