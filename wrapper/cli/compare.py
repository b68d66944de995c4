"""`thriftune compare`: is one run better than another, and what was changed between them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wrapper.cli.options import folder_option, json_option

if TYPE_CHECKING:
    from wrapper.pipeline.comparison import RunComparison


@click.command("compare", epilog="Example: thriftune compare 20261124-031502-a1b2 20261124-090011-c3d4")
@click.argument("first")
@click.argument("second")
@folder_option
@json_option
def command(first: str, second: str, folder: Path, as_json: bool) -> None:
    """Hold run SECOND against run FIRST, row by row, for each arm that both measured.

    Nothing is asked of a model. Exit codes: 0 the second is better; 5 it is worse, or no difference was shown.
    """
    from wrapper.cli.messages import print_json, printable
    from wrapper.pipeline.comparison import compare_runs
    from wrapper.pipeline.project import find_project

    found = compare_runs(find_project(folder), first, second)
    if as_json:
        print_json(found)
    else:
        click.echo(printable("\n".join(_lines(found))))
    sys.exit(found.exit_code)


def _lines(found: RunComparison) -> list[str]:
    from wrapper.cli.table import table

    rows = [("arm", "first", "second", "difference", "95 % interval", "p", "n")]
    rows += [
        (
            one.arm, f"{one.cheaper_mean:.3f}", f"{one.tuned_mean:.3f}", f"{one.difference:+.3f}",
            f"{one.low:+.3f} to {one.high:+.3f}", f"{one.p:.2g}", str(one.rows),
        )
        for one in found.arms
    ]  # fmt: skip
    deciding = next(one for one in found.arms if one.arm == found.deciding)
    says = {"better": "is better", "worse": "is worse", "undecided": "is not shown to be better or worse"}
    lines = [*table(rows), "", f"{found.outcome}: by `{found.deciding}` the second run {says[found.outcome]}"]
    if found.outcome == "undecided" and deciding.rows_needed:
        lines.append(f"about {deciding.rows_needed} more test rows would decide it, if the rates stay as they are")
    lines += [f"changed: {one.name}: {_short(one.first)} -> {_short(one.second)}" for one in found.changes]
    lines += [f"note: {note}" for note in found.notes]
    return [*lines, f"spent: ${found.usd_first:.4f} in the first, ${found.usd_second:.4f} in the second"]


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
