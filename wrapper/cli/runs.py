"""`thriftune runs`: what the ledger holds, told truly after a crash too."""

from __future__ import annotations

import time
from pathlib import Path

import click

from wrapper.cli.compare import command as compare
from wrapper.cli.options import folder_option, json_option


@click.group("runs")
def command() -> None:
    """The ledger: every run, its cost, its scores."""


command.add_command(compare)


@command.command("ls", epilog="Example: thriftune runs ls")
@folder_option
@json_option
def list_runs(folder: Path, as_json: bool) -> None:
    """List the runs of a project, the latest first."""
    from wrapper.cli.messages import print_json
    from wrapper.cli.table import table
    from wrapper.pipeline.project import find_project

    ledger = find_project(folder).ledger
    runs = ledger.runs()
    spent = {run.run_id: ledger.spent(run.run_id) for run in runs}
    total = ledger.spent()
    if as_json:
        print_json(
            {
                "runs": [{**_plain(run), "spent": _plain(spent[run.run_id])} for run in runs],
                "spent": _plain(total),
            }
        )
        return
    rows = [("run", "task", "status", "exit", "device min", "$", "started")]
    for run in runs:
        cost = spent[run.run_id]
        rows.append(
            (
                run.run_id, run.task, run.status, "" if run.exit_code is None else str(run.exit_code),
                f"{cost.gpu_hours * 60:.1f}", f"{cost.usd:.4f}",
                time.strftime("%Y-%m-%d %H:%M", time.localtime(run.started_at)),
            )
        )  # fmt: skip
    click.echo("\n".join(table(rows)))
    click.echo(f"\nspent in all: ${total.usd:.4f}, {total.gpu_hours * 60:.1f} device minutes")


@command.command("show", epilog="Example: thriftune runs show 20261124-031502-a1b2")
@click.argument("run_id", required=False)
@folder_option
@json_option
def show_run(run_id: str | None, folder: Path, as_json: bool) -> None:
    """Show the steps of a run, what each cost and how it ended; the latest run if none is named."""
    from wrapper.cli.messages import print_json
    from wrapper.cli.table import table
    from wrapper.errors import UsageFault
    from wrapper.pipeline.project import find_project

    ledger = find_project(folder).ledger
    found = [run for run in ledger.runs() if run_id is None or run.run_id == run_id]
    if not found:
        raise UsageFault(f"no run `{run_id}`", hint="see `thriftune runs ls`")
    run, steps = found[0], ledger.steps(found[0].run_id)
    if as_json:
        print_json(
            {
                "run": _plain(run),
                "steps": [{**_plain(step), "usd": step.usd} for step in steps],
                "overrides": [_plain(one) for one in ledger.overrides(run.run_id)],
                "spent": _plain(ledger.spent(run.run_id)),
            }
        )
        return
    click.echo(f"{run.run_id}  {run.task}  {run.status}\n{run.outcome}\n")
    rows = [("step", "status", "seconds", "$")]
    rows += [(step.name, step.status, f"{step.seconds:.1f}", f"{step.usd:.4f}") for step in steps]
    click.echo("\n".join(table(rows)))
    for one in ledger.overrides(run.run_id):
        click.echo(f"overridden: {one.gate}: {one.reason}")


def _plain(record: object) -> dict[str, object]:
    import msgspec

    plain = msgspec.to_builtins(record)
    assert isinstance(plain, dict)
    return plain
