"""`thriftune data split`: train, validation, test and smoke rows, frozen by their content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from wrapper.cli.data.inputs import data_options, request_of
from wrapper.cli.options import json_option


@click.command("split", epilog="Example: thriftune data split rows.jsonl -o splits --test-rows 200")
@data_options
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Folder to write into.")
@click.option("--test-rows", type=click.IntRange(min=10), help="So many test rows; a fifth, 40 to 200, if left out.")
@click.option("--validation-rows", type=click.IntRange(min=1), help="So many validation rows; a tenth, at most 100.")
@click.option("--smoke-rows", type=click.IntRange(min=1), default=200, show_default=True, help="Rows to try on.")
@click.option("--seed", type=click.IntRange(min=0, max=2**32 - 1), help="Seed of the split.")
@json_option
def command(
    output: Path,
    test_rows: int | None,
    validation_rows: int | None,
    smoke_rows: int,
    seed: int | None,
    as_json: bool,
    **named: Any,
) -> None:
    """Split the rows so that nothing that belongs together is parted, and what was held out stays so.

    Rows of one input, near duplicates and rows of one source (`--group-field`) stay in one split; labels are spread in
    proportion. Exact duplicates are written once, unreadable rows not at all; both are counted. A test file that
    is given is respected, and what it shares with the training rows is left out of those.

    OUTPUT gets train.jsonl, validation.jsonl, test.jsonl, smoke.jsonl and split.json. Splitting into it again,
    with more rows, keeps the old test rows in test and the old validation rows in validation.
    """
    from wrapper.cli.messages import print_json, printable
    from wrapper.pipeline.data_splitting import split_data

    changes = {"test_rows": test_rows, "validation_rows": validation_rows, "seed": seed}
    done = split_data(
        request_of(**named),
        output,
        smoke_rows=smoke_rows,
        changes={name: value for name, value in changes.items() if value is not None},
    )
    if as_json:
        print_json(done)
        return
    lines = [f"{name}: {count:,} rows" for name, count in done.rows.items()]
    lines += [f"{name} rows held before: {count:,}" for name, count in done.kept.items() if count]
    lines += [f"left out, {reason}: {count:,}" for reason, count in done.left_out.items()]
    lines += [f"note: {note}" for note in done.notes]
    lines += [f"written: {file}" for file in done.files]
    click.echo(printable("\n".join(lines)))
