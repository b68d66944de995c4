"""The audit of a team's data for `thriftune data audit`: rows, tokens, what a cap would cost, and a verdict."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from wrapper.data.masks import check_masks
from wrapper.data.prepare import read_splits
from wrapper.data.quality.audit import LEAST_ROWS, audit, in_order, objections
from wrapper.data.quality.findings import Audit, Finding, malformed
from wrapper.data.quality.lengths import TokenLengths, find_long, token_lengths
from wrapper.data.row_lengths import row_lengths
from wrapper.data.rows import Row
from wrapper.data.tokens import Tokens
from wrapper.errors import BadInput, EnvironmentFault
from wrapper.models import ModelFolder, find_model
from wrapper.pipeline.length_caps import Cap, caps_of
from wrapper.pipeline.plan_input import guessed_row_tokens
from wrapper.pipeline.reporter import Reporter
from wrapper.pipeline.task_prompt import system_prompt_of
from wrapper.plan.dimensions import Dimensions
from wrapper.plan.lengths import lengths_of
from wrapper.presets.load import load_model_preset
from wrapper.spec.fields import Data, Model, Spec, TaskKind

MOST_TOO_LONG = 0.1  # share of the training rows
_MASKED_ROWS = 200
_SHOWN_MASK_FAULTS = 3


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is audited: the data, relative to `folder`, for a kind of task and a model where these are known."""

    data: Data
    folder: Path
    kind: TaskKind | None = None
    model: Model | None = None
    spec: Spec | None = None
    spec_path: Path | None = None

    @property
    def system_prompt(self) -> str:
        return self.spec.task.prompt if self.spec else ""


class SequenceLength(Struct, frozen=True, kw_only=True):
    """The cap on a row's tokens that the data asks for, and why."""

    recommended: int
    reason: str


class Seconds(Struct, frozen=True, kw_only=True):
    """Wall and processor seconds of each part."""

    wall: dict[str, float]
    cpu: dict[str, float]


class DataReport(Struct, frozen=True, kw_only=True):
    """What an audit found: the document of `--json`, but for the findings, which `--findings FILE` writes.

    `rows` and `malformed` count by split, `counts` by rule. `tokens` covers all splits, `caps` the training rows.
    """

    version: int = 1
    verdict: Literal["fit", "unfit"]
    objections: tuple[str, ...]
    next_action: str
    formats: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    rows: dict[str, int]
    malformed: dict[str, int]
    counts: dict[str, int]
    repeated_inputs: int
    contradictory_inputs: int
    contradictory_rows: int
    leaked: dict[str, int]
    nearly_leaked: dict[str, int]
    model: str | None
    tokens: TokenLengths
    sequence_len: SequenceLength | None
    caps: tuple[Cap, ...]
    mask: tuple[str, ...] | None
    seconds: Seconds


class Clock:
    """How long each named part took."""

    def __init__(self) -> None:
        self.wall: dict[str, float] = {}
        self.cpu: dict[str, float] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        wall, cpu = time.monotonic(), time.process_time()
        yield
        self.wall[name] = round(time.monotonic() - wall, 3)
        self.cpu[name] = round(time.process_time() - cpu, 3)


def audit_data(request: Request, *, quick: bool, reporter: Reporter) -> tuple[DataReport, tuple[Finding, ...]]:
    """Read and audit; raises BadInput only for what cannot be read at all."""
    clock = Clock()
    with clock.part("reading"):
        results = read_splits(request.data, request.folder)
    read: dict[str, Sequence[Row]] = {name: result.rows for name, result in results.items()}
    unreadable = {name: malformed(result.faults) for name, result in results.items()}
    formats = tuple(pair for result in results.values() for pair in result.formats)
    reporter.step("reading", _formats(formats), seconds=clock.wall["reading"])
    with clock.part("rows"):
        found, _ = audit(read, unreadable, request.kind)
    reporter.step("rows", f"{sum(found.rows.values())} rows held against each other", seconds=clock.wall["rows"])
    model = find_model(request.model, request.folder) if request.model else None
    with clock.part("tokens"):
        counted = _Counted(read, model, request)
    reporter.step("tokens", _exactness(model), seconds=clock.wall["tokens"])
    more = list(counted.findings())
    if not quick:
        with clock.part("second pass"):
            more += second_pass(read)
        reporter.step("second pass", "secrets, personal data, language", seconds=clock.wall["second pass"])
    findings = in_order([*found.findings, *more], read)
    against = (*objections(found, request.kind), *_too_few(read.get("train", ())), *counted.objections())
    report = DataReport(
        verdict="unfit" if against else "fit",
        objections=against,
        next_action=_next_action(found, against),
        formats=formats,
        notes=tuple(note for result in results.values() for note in result.notes),
        rows=found.rows,
        malformed=found.malformed,
        counts=_counts(findings),
        repeated_inputs=found.repeated_inputs,
        contradictory_inputs=found.contradictory_inputs,
        contradictory_rows=found.contradictory_rows,
        leaked=found.leaked,
        nearly_leaked=found.nearly_leaked,
        model=model.name if model else None,
        tokens=counted.lengths,
        sequence_len=counted.recommended(),
        caps=caps_of(request.spec, request.model, model, counted.train),
        mask=counted.mask(),
        seconds=Seconds(wall=clock.wall, cpu=clock.cpu),
    )
    return report, findings


class _Counted:
    """The rows' lengths in tokens, by the model's own tokenizer where the model is on this machine."""

    def __init__(self, read: Mapping[str, Sequence[Row]], model: ModelFolder | None, request: Request) -> None:
        self._rows = [row for rows in read.values() for row in rows]
        self._tokens = Tokens.load(model.path) if model else None
        self._prompt = _prompt(request, read.get("train", ()))
        self._max_positions = _max_positions(model, request.model)
        if self._tokens:
            self.counts = row_lengths(self._tokens, self._rows, self._prompt)
        else:
            self.counts = guessed_row_tokens(self._rows, self._prompt)
        self.train = self.counts[: len(read.get("train", ()))]
        self.lengths = token_lengths(self.counts, exact=self._tokens is not None)

    def findings(self) -> Iterator[Finding]:
        return find_long(self._rows, self.counts, self.lengths.p50, self._max_positions)

    def objections(self) -> Iterator[str]:
        """Rows that no training would see."""
        over = sum(count > self._max_positions for count in self.train) if self._max_positions else 0
        if over > MOST_TOO_LONG * len(self.train):
            yield f"{over} of {len(self.train)} training rows are longer than the model's context, more than 10 %"

    def recommended(self) -> SequenceLength | None:
        """What the plan would take."""
        try:
            found = lengths_of(self.train, (), max_positions=self._max_positions or max(self.train) + 8, override=None)
        except BadInput as refused:
            return SequenceLength(recommended=self._max_positions or 0, reason=refused.message)
        return SequenceLength(recommended=found.sequence_tokens, reason=found.reason)

    def mask(self) -> tuple[str, ...] | None:
        """What is wrong with the marking of trained tokens in a sample of the rows; None without a tokenizer."""
        if self._tokens is None:
            return None
        step = max(1, len(self._rows) // _MASKED_ROWS)
        return tuple(check_masks(self._rows[::step][:_MASKED_ROWS], self._tokens, self._prompt))[:_SHOWN_MASK_FAULTS]


def _prompt(request: Request, train: Sequence[Row]) -> str:
    if request.spec is None:
        return ""
    return system_prompt_of(request.spec, train)


def _max_positions(model: ModelFolder | None, named: Model | None) -> int | None:
    """The longest sequence that the model takes, where that is known."""
    if model:
        return Dimensions.from_config(model.config).max_positions
    if named and named.preset:
        return Dimensions.of_preset(load_model_preset(named.preset)).max_positions
    return None


def second_pass(read: Mapping[str, Sequence[Row]]) -> list[Finding]:
    """Secrets, personal data and rows in another language."""
    from wrapper.data.quality.credentials import find_secrets
    from wrapper.data.quality.languages import find_other_languages
    from wrapper.data.quality.personal import find_personal_data

    rows = [row for split in read.values() for row in split]
    return [*find_secrets(rows), *find_personal_data(rows), *find_other_languages(rows)]


def _too_few(train: Sequence[Row]) -> Iterator[str]:
    rows = len({row.row_id for row in train})
    if rows < LEAST_ROWS:
        yield f"only {rows} training rows that differ: fewer than {LEAST_ROWS} show nothing"


def _counts(findings: Sequence[Finding]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for found in findings:
        counts[found.rule] = counts.get(found.rule, 0) + 1
    return dict(sorted(counts.items(), key=lambda entry: -entry[1]))


def _next_action(found: Audit, against: Sequence[str]) -> str:
    if against or found.of_rule("exact_duplicate") or found.of_rule("near_duplicate"):
        return "clean it: `thriftune data clean`, then look at what was dropped"
    return "measure the cheap rungs on it: `thriftune baseline`"


def _formats(formats: Sequence[tuple[str, str]]) -> str:
    shown = ", ".join(f"{file} ({words})" for file, words in formats[:3])
    return f"{shown} and {len(formats) - 3} more files" if len(formats) > 3 else shown


def _exactness(model: ModelFolder | None) -> str:
    return f"counted with the tokenizer of {model.name}" if model else "guessed at 4 characters a token: name a model"


def write_findings(findings: Sequence[Finding], file: Path) -> None:
    """One JSON object a line, whole or not at all."""
    draft = file.with_name(f".{file.name}.draft")
    try:
        with draft.open("wb") as stream:
            for found in findings:
                stream.write(msgspec.json.encode(found) + b"\n")
        draft.replace(file)
    except OSError as failure:
        raise EnvironmentFault(f"{file} cannot be written: {failure.strerror}", hint="name another file") from failure
    finally:
        draft.unlink(missing_ok=True)
