"""`thriftune presets`: list, show and copy the models, GPUs and tasks that are known by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wrapper.cli.messages import print_json

if TYPE_CHECKING:
    from wrapper.presets.gpu import GpuPreset
    from wrapper.presets.model import ModelPreset
    from wrapper.presets.task import TaskPreset


@click.group()
def command() -> None:
    """Models, GPUs and tasks that are known by name: list, show, copy."""


@command.command("ls")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def list_presets(as_json: bool) -> None:
    """List all presets."""
    from wrapper.presets.gpu import gpu_names, load_gpu_preset
    from wrapper.presets.load import load_model_preset, preset_names
    from wrapper.presets.task import load_task_preset, task_names

    models = [load_model_preset(name) for name in preset_names()]
    gpus = [load_gpu_preset(name) for name in gpu_names()]
    tasks = [load_task_preset(name) for name in task_names()]
    if as_json:
        print_json({"version": 1, "models": models, "gpus": gpus, "tasks": tasks})
        return
    click.echo("\n".join([*_models(models), "", *_gpus(gpus), "", *_tasks(tasks)]))


@command.command("show")
@click.argument("name")
def show(name: str) -> None:
    """Print the file of the preset NAME: what it is, what it needs, and its values."""
    click.echo(_text(name), nl=False)


@command.command("copy")
@click.argument("name")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="File to write.")
def copy(name: str, output: Path) -> None:
    """Copy the file of the preset NAME, to change it or to keep it."""
    from wrapper.errors import BadInput

    text = _text(name)
    try:
        with output.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise BadInput(f"`{output}` is there already", hint="name another file, or remove it first") from None
    except OSError as failure:
        reason = failure.strerror or failure
        raise BadInput(f"`{output}` cannot be written: {reason}", hint="name another file") from None
    click.echo(f"copied `{name}` to {output}")


def _text(name: str) -> str:
    """The text of a preset file; BadInput for an unknown name."""
    from wrapper.documents import did_you_mean, read_text
    from wrapper.errors import BadInput
    from wrapper.presets import gpu, load, task
    from wrapper.presets.files import names_in, preset_file

    folders = {known: folder for folder in (load.FOLDER, gpu.FOLDER, task.FOLDER) for known in names_in(folder)}
    if name not in folders:
        raise BadInput(f"no preset `{name}`", hint=did_you_mean(name, list(folders)) or "see `thriftune presets ls`")
    return read_text(preset_file(folders[name], name))


def _models(models: list[ModelPreset]) -> list[str]:
    rows = [("model", "parameters", "context", "licence", "commercial", "languages", "hub id")]
    for model in sorted(models, key=lambda model: model.parameters):
        languages = ", ".join(model.languages[:3]) + (
            f" and {len(model.languages) - 3} more" if len(model.languages) > 3 else ""
        )
        rows.append(
            (
                model.name,
                f"{model.parameters / 1e6:,.0f}M",
                f"{model.architecture.max_positions:,}",
                model.licence.name,
                "yes" if model.licence.commercial_use else "no",
                languages,
                model.hub_id,
            )
        )
    return _table(rows)


def _gpus(gpus: list[GpuPreset]) -> list[str]:
    rows = [("gpu", "GiB", "bf16 TFLOPS", "GB/s", "dollars an hour, from")]
    for gpu in sorted(gpus, key=lambda gpu: gpu.memory_gib):
        cheapest = min(gpu.prices, key=lambda price: price.usd_per_hour, default=None)
        rows.append(
            (
                gpu.name,
                f"{gpu.memory_gib:g}",
                f"{gpu.bf16_tflops:g}" if gpu.bf16_tflops else "no bf16",
                f"{gpu.memory_bandwidth_gb_s:g}",
                f"{cheapest.usd_per_hour:.2f} ({cheapest.provider}, {cheapest.tier})" if cheapest else "unknown",
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
