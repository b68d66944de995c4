"""`thriftune presets`: list, show and copy the models, GPUs, tasks and licences that are known by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wrapper.cli.messages import print_json, printable
from wrapper.cli.options import refresh_and_tell, refresh_option

if TYPE_CHECKING:
    from wrapper.presets.gpu import GpuPreset
    from wrapper.presets.licence import Licence
    from wrapper.presets.model import ModelPreset
    from wrapper.presets.task import TaskPreset


@click.group()
def command() -> None:
    """Models, GPUs, tasks and licences that are known by name: list, show, copy."""


@command.command("ls")
@refresh_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def list_presets(as_json: bool, refresh: bool) -> None:
    """List all presets, models by size, GPUs with the lowest price that is known."""
    if refresh:
        refresh_and_tell()
    from wrapper.presets.gpu import gpu_names, load_gpu_preset
    from wrapper.presets.load import licences_of, load_model_preset, preset_names
    from wrapper.presets.prices import cache_note
    from wrapper.presets.task import load_task_preset, task_names

    models = sorted(map(load_model_preset, preset_names()), key=lambda model: (model.parameters, model.name))
    gpus = [load_gpu_preset(name) for name in gpu_names()]
    tasks = [load_task_preset(name) for name in task_names()]
    allowed = [_Allowed(licences_of(model)) for model in models]
    if note := cache_note():
        click.echo(f"note: {printable(note)}", err=True)
    if as_json:
        rows = [_model_json(model, licence) for model, licence in zip(models, allowed, strict=True)]
        print_json({"version": 1, "models": rows, "gpus": [_gpu_json(gpu) for gpu in gpus], "tasks": tasks})
        return
    click.echo("\n".join([*_models(models, allowed), "", *_gpus(gpus), "", *_tasks(tasks)]))


@command.command("show")
@click.argument("name")
def show(name: str) -> None:
    """Print the file of the preset NAME: what it is, what it needs, its values, and what its licence asks for."""
    folder, text = _found(name)
    click.echo(text, nl=False)
    for line in _duties(folder, name):
        click.echo(f"# {line}".rstrip())


@command.command("copy")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path), required=False)
def copy(name: str, file: Path | None) -> None:
    """Copy the preset NAME to FILE, to change it or to keep it.

    Without FILE it goes to your own presets, which win over shipped ones of the same name: the folder
    $THRIFTUNE_PRESETS, or ~/.config/thriftune/presets.
    """
    from wrapper.errors import BadInput
    from wrapper.presets.files import user_presets_dir

    folder, text = _found(name)
    target = file or user_presets_dir() / folder / f"{name}.yaml"
    try:
        if file is None:
            target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise BadInput(f"`{target}` is there already", hint="name another file, or remove it first") from None
    except OSError as failure:
        reason = failure.strerror or failure
        raise BadInput(f"`{target}` cannot be written: {reason}", hint="name another file") from None
    click.echo(f"copied `{name}` to {target}")


def _found(name: str) -> tuple[str, str]:
    """The folder and the text of a preset file; BadInput for an unknown name."""
    from wrapper.documents import did_you_mean, read_text
    from wrapper.errors import BadInput
    from wrapper.presets import gpu, licence, load, task
    from wrapper.presets.files import names_in, preset_file

    kinds = (load.FOLDER, gpu.FOLDER, task.FOLDER, licence.FOLDER)
    folders = {known: folder for folder in kinds for known in names_in(folder)}
    if name not in folders:
        raise BadInput(f"no preset `{name}`", hint=did_you_mean(name, list(folders)) or "see `thriftune presets ls`")
    return folders[name], read_text(preset_file(folders[name], name))


def _duties(folder: str, name: str) -> list[str]:
    """What the licences of a model, or a licence, ask of whoever passes a fine-tune on, and industries they exclude."""
    from wrapper.presets import licence, load

    if folder == load.FOLDER:
        licences = load.licences_of(load.load_model_preset(name))
    elif folder == licence.FOLDER:
        licences = (licence.load_licence(name),)
    else:
        return []
    lines = ["", "What its licence asks for and excludes; a reading aid, no legal advice: its own text counts."]
    for each in licences:
        lines += ["", f"{each.title}: {each.summary}"]
        excluded = [clause for clause in each.clauses if clause.industries]
        for clause in [*licence.licence_duties(each), *excluded]:
            lines += [f"- {clause.topic.replace('_', ' ')}: {clause.text}", f"  {clause.section}: {clause.quote}"]
    return lines


class _Allowed:
    """What all the licences of a model allow together."""

    def __init__(self, licences: Sequence[Licence]) -> None:
        self.title = " and ".join(licence.title for licence in licences)
        self.commercial_use = all(licence.commercial_use for licence in licences)
        self.user_cap = min((licence.user_cap for licence in licences if licence.user_cap), default=None)

    def __str__(self) -> str:
        if not self.commercial_use:
            return "no"
        return f"up to {self.user_cap / 1e6:,.0f}M users" if self.user_cap else "yes"


def _model_json(model: ModelPreset, allowed: _Allowed) -> dict[str, Any]:
    """The preset's own fields, and its licences in one."""
    import msgspec

    from wrapper.plan.usual import usual_qlora_gib
    from wrapper.presets.measured import load_measured

    told = {
        "licence": allowed.title,
        "commercial_use": allowed.commercial_use,
        "user_cap": allowed.user_cap,
        "qlora_gib_estimated": round(usual_qlora_gib(model), 1),
        "measured": [row for row in load_measured() if row.model in (model.name, model.hub_id)],
    }
    return msgspec.structs.asdict(model) | told


def _gpu_json(gpu: GpuPreset) -> dict[str, Any]:
    """The preset's own fields, with all prices that are known, cheapest first."""
    import msgspec

    from wrapper.presets.prices import prices_of

    return msgspec.structs.asdict(gpu) | {"prices": prices_of(gpu)}


def _models(models: list[ModelPreset], allowed: list[_Allowed]) -> list[str]:
    from wrapper.plan.usual import usual_qlora_gib

    rows = [("model", "parameters", "QLoRA GiB", "context", "licence", "commercial use", "languages", "hub id")]
    for model, licence in zip(models, allowed, strict=True):
        languages = ", ".join(model.languages[:3]) + (
            f" and {len(model.languages) - 3} more" if len(model.languages) > 3 else ""
        )
        rows.append(
            (
                model.name,
                f"{model.parameters / 1e6:,.0f}M",
                f"{usual_qlora_gib(model):.1f}",
                f"{model.architecture.max_positions:,}",
                licence.title,
                str(licence),
                languages,
                model.hub_id,
            )
        )
    return _table(rows)


def _gpus(gpus: list[GpuPreset]) -> list[str]:
    from wrapper.presets.prices import cheapest_of

    rows = [("gpu", "GiB", "bf16 TFLOPS", "GB/s", "dollars an hour, from", "at", "date")]
    for gpu in sorted(gpus, key=lambda gpu: gpu.memory_gib):
        cheapest = cheapest_of(gpu)
        rows.append(
            (
                gpu.name,
                f"{gpu.memory_gib:g}",
                f"{gpu.bf16_tflops:g}" if gpu.bf16_tflops else "no bf16",
                f"{gpu.memory_bandwidth_gb_s:g}",
                f"{cheapest.usd_per_hour:.2f}" if cheapest else "unknown",
                f"{cheapest.provider}, {cheapest.tier}" if cheapest else "",
                cheapest.date if cheapest else "",
            )
        )
    return _table(rows)


def _tasks(tasks: list[TaskPreset]) -> list[str]:
    rows = [("task", "kind", "metric", "shots", "answer tokens", "what it is")]
    rows += [
        (task.name, task.kind, task.metric, str(task.shots), str(task.max_answer_tokens), task.description)
        for task in tasks
    ]
    return _table(rows)


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
