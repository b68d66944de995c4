"""`thriftune data audit`: every finding with its row, the rows' lengths, and a verdict."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wrapper.cli.data.inputs import check_outputs, data_options, request_of
from wrapper.cli.options import json_option, quiet_option
from wrapper.errors import GateRefused

if TYPE_CHECKING:
    from wrapper.data.quality.findings import Finding
    from wrapper.pipeline.data_audit import DataReport

_EXAMPLES = 3
_BAR = 40


@click.command("audit", epilog="Example: thriftune data audit train.jsonl --test test.jsonl --model smollm2-135m")
@data_options
@click.option("--quick", is_flag=True, help="Leave out the second pass: secrets, personal data, language.")
@click.option("--findings", type=click.Path(path_type=Path), metavar="FILE", help="Write the findings as JSON lines.")
@click.option("--report", type=click.Path(path_type=Path), metavar="FILE", help="Write an HTML page for people.")
@quiet_option
@json_option
def command(
    quick: bool, findings: Path | None, report: Path | None, quiet: bool, as_json: bool, **named: Any
) -> None:
    """Say row by row what is wrong with the data, and whether it is fit to train on.

    Reads what a spec names (thriftune.yaml in this folder, unless given), or FILES: chat, ShareGPT, Alpaca,
    prompt and completion, question and answer, or two named fields; JSON lines, JSON, CSV, TSV or Parquet, plain
    or gzip; globs and folders too. Nothing is changed. docs/data.md describes each rule.

    Exit codes: 0 fit to train on; 3 cannot be read; 5 the data gate of `thriftune run` would refuse it.
    """
    from wrapper.cli.messages import print_json, printable
    from wrapper.cli.terminal import Terminal
    from wrapper.pipeline.data_audit import audit_data, write_findings

    request = request_of(**named)
    check_outputs(request, findings, report)
    found, all_findings = audit_data(request, quick=quick, reporter=Terminal(quiet=quiet))
    if findings:
        write_findings(all_findings, findings)
    if report:
        import msgspec

        from wrapper.report.data_page import write_data_page

        write_data_page(msgspec.to_builtins(found), all_findings, report)
    if as_json:
        print_json(found)
    else:
        click.echo(printable("\n".join(_summary(found, all_findings))))
    if found.verdict == "unfit":
        sys.exit(GateRefused.exit_code)


def _summary(found: DataReport, findings: tuple[Finding, ...]) -> Iterator[str]:
    yield from _rows(found)
    yield ""
    yield from _rules(findings)
    yield ""
    yield from _lengths(found)
    yield ""
    if found.mask is not None:
        yield f"trained tokens: {'; '.join(found.mask) or 'exactly the answers, and the token that ends a turn'}"
    for note in found.notes:
        yield f"note: {note}"
    yield f"verdict: {found.verdict}"
    yield from (f"  {objection}" for objection in found.objections)
    yield f"next: {found.next_action}"


def _rows(found: DataReport) -> Iterator[str]:
    for name, count in found.rows.items():
        bad = found.malformed.get(name, 0)
        yield f"{name}: {count:,} rows" + (f", and {bad:,} that cannot be read" if bad else "")
    for file, words in found.formats[:_EXAMPLES]:
        yield f"  {file}: {words}"
    if len(found.formats) > _EXAMPLES:
        yield f"  and {len(found.formats) - _EXAMPLES} more files"


def _rules(findings: tuple[Finding, ...]) -> Iterator[str]:
    """Each rule with its count and first examples, the gravest first."""
    if not findings:
        yield "no findings"
        return
    grave = {"error": 0, "warning": 1, "info": 2}
    by_rule: dict[str, list[Finding]] = {}
    for found in findings:
        by_rule.setdefault(found.rule, []).append(found)
    for rule, found_here in sorted(by_rule.items(), key=lambda entry: (grave[entry[1][0].severity], -len(entry[1]))):
        yield f"{found_here[0].severity:<8} {rule:<16} {len(found_here):>7,}"
        yield from (f"  {found.file}:{found.line}: {found.detail}" if found.line else f"  {found.detail}"
                    for found in found_here[:_EXAMPLES])  # fmt: skip
        if len(found_here) > _EXAMPLES:
            yield f"  and {len(found_here) - _EXAMPLES:,} more: `--findings FILE` writes them all"


def _lengths(found: DataReport) -> Iterator[str]:
    tokens = found.tokens
    guessed = "" if tokens.exact else " (guessed at 4 characters a token: name the model with `--model`)"
    spread = f"{tokens.p50} (median), {tokens.p95} (95 %), {tokens.p99} (99 %), {tokens.longest} at most"
    yield f"tokens: {tokens.total:,} in all; a row has {spread}{guessed}"
    most = max(count for _, _, count in tokens.histogram)
    for start, end, count in tokens.histogram:
        bar = "#" * -(-_BAR * count // most)
        yield f"  {start:>6} to {end - 1:>6}  {count:>8,}  {bar}".rstrip()
    if found.sequence_len:
        yield f"sequence_len: {found.sequence_len.recommended} ({found.sequence_len.reason})"
    for cap in found.caps:
        costs = f", about {cap.seconds:,.0f} s of training" if cap.seconds is not None else ""
        dollars = f" and ${cap.usd:.4f}" if cap.usd is not None else ""
        left_out = f"{cap.rows_over:>6,} rows left out, {cap.tokens:,} tokens"
        yield f"  a cap of {cap.tokens_a_row:>6}: {left_out}{costs}{dollars}"
