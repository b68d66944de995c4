"""Decide what a training would be and cost, before any of it is spent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wrapper.budget.allowance import Allowance, price_of
from wrapper.data.corpus import Corpus
from wrapper.data.held_out import frozen_in
from wrapper.data.prepared import Prepared
from wrapper.data.tokens import Tokens
from wrapper.errors import EnvironmentFault
from wrapper.ledger.records import Spend
from wrapper.models import ModelFolder, find_model
from wrapper.models.candidates import preset_of
from wrapper.pipeline.frozen_data import data_key, frozen_rows
from wrapper.pipeline.machine import planned_machine
from wrapper.pipeline.own_runs import own_runs
from wrapper.pipeline.plan_input import PlanInput, plan_input
from wrapper.pipeline.project import existing_project, held_out_file
from wrapper.plan.decide import decide
from wrapper.plan.machine import Machine
from wrapper.plan.plan import Plan
from wrapper.presets.gpu import gpu_names, load_gpu_preset
from wrapper.presets.measured import Measured, load_measured
from wrapper.presets.stacks import stack_of
from wrapper.presets.task import task_preset_for
from wrapper.spec.fields import Budget, Spec
from wrapper.spec.read import LoadedSpec


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A plan, what it was made from, the longest answer that an arm may generate, and the raw text that is trained on.

    `rows_over_cap` counts training rows that are too long.
    """

    plan: Plan
    prepared: Prepared
    machine: Machine
    lengths: PlanInput
    max_answer_tokens: int
    corpus: Corpus | None = None
    notes: tuple[str, ...] = ()
    rows_over_cap: int = 0


def price(budget: Budget) -> float:
    """Dollars an hour of the device that the spec names."""
    return price_of(budget, load_gpu_preset(budget.gpu) if budget.gpu in gpu_names() else None)


def is_priced(budget: Budget) -> bool:
    """False where nobody gave the device's price, which is then counted as 0."""
    return budget.usd_per_hour is not None or price(budget) > 0


def allowance(budget: Budget, devices: int = 1) -> Allowance:
    """What the budget allows in all, at the device's price."""
    return Allowance(
        max_usd=budget.max_usd,
        max_gpu_hours=budget.max_gpu_hours,
        usd_per_hour=price(budget),
        devices=devices,
    )


def prepared_of(loaded: LoadedSpec) -> Prepared:
    """The rows that a run would take, for commands that only look: those that were frozen before, or read afresh."""
    project = existing_project(loaded.folder)
    found = frozen_rows(project, data_key(loaded)) if project else None
    if found is not None:
        return found
    from wrapper.data.prepare import prepare

    spec = loaded.spec
    frozen = frozen_in(held_out_file(loaded.folder, spec.data.seed))
    return prepare(spec.data, loaded.folder, spec.task.kind, frozen=frozen)


def plan_of(loaded: LoadedSpec) -> Planned:
    """The plan of a spec, for commands that only look: nothing is fetched, trained or recorded."""
    spec = loaded.spec
    prepared = prepared_of(loaded)
    project = existing_project(loaded.folder)
    spent = project.ledger.spent() if project else Spend(usd=0.0, gpu_hours=0.0)
    model = find_model(spec.model, loaded.folder)
    if model is None and preset_of(spec.model) is None:
        raise EnvironmentFault(
            f"{spec.model.base} is not on this machine, so its size is not known",
            hint="fetch it and name its folder as `model.base`, or name a preset: `thriftune presets ls`",
        )
    machine = planned_machine(spec.budget.gpu)
    return make_plan(spec, prepared, machine, model, spent, folder=loaded.folder)


def make_plan(
    spec: Spec,
    prepared: Prepared,
    machine: Machine,
    model: ModelFolder | None,
    spent: Spend,
    *,
    folder: Path,
    share_left: float = 1.0,
) -> Planned:
    """Plan with the model's own tokenizer where the model is on disk, else with its preset and a rough count.

    `folder` is what paths in the spec are relative to; `share_left` of the training is still to be done.
    """
    lengths = plan_input(spec, prepared, model, folder)
    project = existing_project(folder)
    name = lengths.preset.name if lengths.preset else spec.model.base or ""
    own = own_runs(project, machine, lengths.dimensions, name) if project else []
    plan = plan_on(
        lengths, machine, spent=spent, usd_per_hour=price(spec.budget), share_left=share_left, own=own
    )
    return Planned(
        plan=plan,
        prepared=prepared,
        machine=machine,
        lengths=lengths,
        max_answer_tokens=max_answer_tokens(spec, prepared, lengths.tokens),
        corpus=lengths.corpus,
        notes=(*_notes(lengths), *_notes_of_device(spec, plan, machine)),
        rows_over_cap=sum(count > plan.sequence_tokens for count in lengths.train),
    )


def _notes(lengths: PlanInput) -> Iterator[str]:
    """What is odd about the model for this task and stops nothing."""
    preset, tokens = lengths.preset, lengths.tokens
    if tokens is None:
        yield "token counts are guessed from characters: the model's tokenizer is not on this machine"
    if preset is None or lengths.spec.training.objective != "chat":
        return
    if not preset.instruct:
        yield f"{preset.name} is a base model: it has to learn the form of a chat too, and needs more rows"
    ending = tokens.end_of_turn() if tokens else ""
    if ending and ending not in preset.chat_template.turn_end:
        yield (
            f"the chat template of this copy of {preset.name} ends a turn with `{ending}`, where "
            f"`{'` or `'.join(preset.chat_template.turn_end)}` is known: is it the model that you mean?"
        )


def _notes_of_device(spec: Spec, plan: Plan, machine: Machine) -> Iterator[str]:
    if spec.budget.gpu == "local" and machine.accelerator == "cpu":
        yield "`budget.gpu: local`: this machine has no NVIDIA GPU, so the plan is for its processor"
    memory = plan.estimate.memory_gib
    if memory.likely <= machine.memory_gib < memory.high:
        yield (
            f"it may not fit: the high end of the estimate is {memory.high:.1f} GiB, and {machine.name} has "
            f"{machine.memory_gib:.1f}; the smoke run tells"
        )


def plan_on(
    lengths: PlanInput,
    machine: Machine,
    *,
    spent: Spend,
    usd_per_hour: float,
    share_left: float = 1.0,
    own: Sequence[Measured] = (),
) -> Plan:
    """The plan on a device at a price, `spent` counted against the budget; `own` runs correct the estimate."""
    spec = lengths.spec
    devices = spec.training.parallel.world_size
    left = Allowance(
        max_usd=spec.budget.max_usd,
        max_gpu_hours=spec.budget.max_gpu_hours,
        usd_per_hour=usd_per_hour,
        devices=devices,
    ).seconds_left(spent.usd, spent.gpu_hours)
    return decide(
        spec=spec,
        dimensions=lengths.dimensions,
        preset=lengths.preset,
        stack=stack_of(spec.training.backend, spec.training.kernels),
        machine=machine,
        train_row_tokens=lengths.train,
        validation_row_tokens=lengths.validation,
        measured=load_measured(),
        own=own,
        seconds_left=left,
        usd_per_hour=usd_per_hour * devices,
        share_left=share_left,
    )


def max_answer_tokens(spec: Spec, prepared: Prepared, tokens: Tokens | None) -> int:
    """A quarter more than the longest gold answer of the training rows, and room to end the turn.

    Without a tokenizer what is usual for the kind of task; the spec's own word comes first.
    """
    given = spec.task.max_answer_tokens
    if given is not None or tokens is None:
        return given or task_preset_for(spec.task.kind).max_answer_tokens
    longest = max(tokens.count([row.answer for row in prepared.train]))
    return longest + longest // 4 + 8
