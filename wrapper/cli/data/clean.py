"""`thriftune data clean`: rows mended where that is safe, dropped by named rules, the dropped ones kept beside them."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wrapper.cli.data.inputs import data_options, request_of
from wrapper.cli.options import json_option
from wrapper.errors import GateRefused, UsageFault

if TYPE_CHECKING:
    from wrapper.data.rows import Row
    from wrapper.pipeline.data_cleaning import CleanReport

_POLICIES = ("keep-first", "majority", "drop-all", "keep-all", "ask")
_NEAR_POLICIES = tuple(policy for policy in _POLICIES if policy != "majority")
_MUCH = 0.2  # of the training rows
_DROPPABLE = ("low_value", "secret", "personal_data", "language", "too_long")


@click.command("clean", epilog="Example: thriftune data clean train.jsonl --test test.jsonl -o cleaned")
@data_options
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Folder to write into.")
@click.option(
    "--contradictions",
    type=click.Choice(_POLICIES),
    default="majority",
    show_default=True,
    help="Rows with one input and answers that disagree; a tie has no majority, and all of them go.",
)
@click.option(
    "--near-duplicates", type=click.Choice(_NEAR_POLICIES), default="keep-first", show_default=True,
    help="Rows that nearly repeat another.",
)  # fmt: skip
@click.option("--drop", multiple=True, type=click.Choice(_DROPPABLE), help="Drop by this rule too; may be repeated.")
@click.option("--force", is_flag=True, help="Write over what an earlier cleaning wrote.")
@json_option
def command(
    output: Path,
    contradictions: str,
    near_duplicates: str,
    drop: tuple[str, ...],
    force: bool,
    as_json: bool,
    **named: Any,
) -> None:
    """Write the rows that are fit, and beside them each row that was dropped, with its reason.

    Mended are line ends, invisible characters, composed Unicode and white space around a turn. Dropped are rows
    that cannot be read, exact duplicates, training rows whose input is held out, and what the policies and
    `--drop` name. The originals are only read. Cleaning the result again changes nothing.

    Exit code 5 says that no training row is left.

    OUTPUT gets train.jsonl (and validation.jsonl, test.jsonl), dropped.jsonl and clean.json.
    """
    from wrapper.cli.messages import print_json, printable
    from wrapper.data.clean import Policies
    from wrapper.pipeline.data_cleaning import clean_data

    if "ask" in (contradictions, near_duplicates) and not sys.stdin.isatty():
        hint = "choose another policy: keep-first, majority, drop-all"
        raise UsageFault("`ask` needs a terminal to ask on", hint=hint)
    policies = Policies(
        contradictions=contradictions,  # type: ignore[arg-type]
        near_duplicates=near_duplicates,  # type: ignore[arg-type]
        drop=frozenset(drop),
        ask=_ask,
    )
    done = clean_data(request_of(**named), policies, output, force=force)
    if as_json:
        print_json(done)
        sys.exit(0 if done.rows_out.get("train") else GateRefused.exit_code)
    lines = [f"{name}: {done.rows_in[name]:,} rows in, {count:,} out" for name, count in done.rows_out.items()]
    lines += [f"dropped by {rule}: {count:,}" for rule, count in done.dropped.items()]
    lines += [f"mended, {name}: {count:,}" for name, count in done.fixes.items()]
    lines += [f"written: {file}" for file in done.files]
    lines += _warned(done)
    click.echo(printable("\n".join(lines)))
    if not done.rows_out.get("train"):
        sys.exit(GateRefused.exit_code)


def _warned(done: CleanReport) -> list[str]:
    """What a user should look at before training on what is left."""
    came, left = done.rows_in.get("train", 0), done.rows_out.get("train", 0)
    if came - left < _MUCH * came:
        return []
    rule, count = next(iter(done.dropped.items()))
    other = {"contradiction": "--contradictions keep-first", "near_duplicate": "--near-duplicates keep-all"}.get(rule)
    hint = f", or keep them with `{other}`" if other else ""
    return [f"warning: {came - left:,} of {came:,} training rows were dropped, {count:,} by {rule}: "
            f"look at dropped.jsonl{hint}"]  # fmt: skip


def _ask(rule: str, rows: Sequence[Row]) -> Collection[int]:
    """The places of the rows to keep, as the user types them."""
    from wrapper.cli.messages import printable

    click.echo(f"\n{rule}:", err=True)
    for number, row in enumerate(rows, start=1):
        said = f"{row.input_text[:200]} -> {row.answer[:200]}"
        click.echo(printable(f"  {number}. {row.file}:{row.line}: {said}"), err=True)
    while True:
        said = click.prompt("keep which (numbers, `all` or `none`)", default="1", err=True).strip().lower()
        if said in ("all", "none"):
            return range(len(rows)) if said == "all" else ()
        numbers = said.replace(",", " ").split()
        if numbers and all(number.isdigit() and 1 <= int(number) <= len(rows) for number in numbers):
            return [int(number) - 1 for number in numbers]
        click.echo(f"  numbers from 1 to {len(rows)}, `all` or `none`", err=True)
