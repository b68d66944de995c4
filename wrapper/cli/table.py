"""The arms table and the verdict as plain text: what a run prints at its end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from wrapper.pipeline.forgetting import forgetting_text
from wrapper.pipeline.results import ArmLine, RunResult

_CAUSES = 4
_USELESS_BIAS = 0.5  # of the verdicts: what a judge that never reads the answers has
_HEAD = ("arm", "score", "95 % interval", "n", "seconds", "$ per 1,000")


def result_text(result: RunResult, *, failed: bool = False) -> str:
    """Table, verdict, price, next action, and where the report lies; what failed is told on stderr."""
    lines = [f"{result.task}: {result.metric}, target {result.target:g}", ""]
    lines += table([_HEAD, *(_cells(arm, priced=result.is_priced) for arm in result.arms)])
    lines.append("")
    if not failed:
        lines.append(f"{result.outcome}: {result.message}")
    if result.verdict and result.verdict.sequential and result.verdict.rows_saved:
        lines.append(f"asking stopped early: {result.verdict.rows_saved} test rows of `tuned` were not needed")
    if result.verdict:
        reached = "reaches" if result.verdict.meets_target else "is below"
        lines.append(f"tuned scores {result.verdict.tuned_mean:.3f} and {reached} the target {result.target:g}")
    lines += [f"{one.task}: {forgetting_text(one)}" for one in result.forgotten]
    lines += [*_judge(result), *_failures(result)]
    if result.saved:
        dollars = f", ${result.saved['usd']:.4f}" if result.is_priced else ""
        lines.append(f"not spent: about {result.saved['seconds'] / 60:.0f} minutes of training{dollars}")
    lines.append(_spent(result))
    if not failed:
        lines.append(f"next: {result.next_action}")
    if result.training:
        lines.append(f"adapter: {_short(result.training['adapter'])}")
    return "\n".join([*lines, f"report: {_short(result.report)}"])


def _failures(result: RunResult) -> list[str]:
    """How many of the tuned arm's answers are wrong, why, and what follows from that."""
    found = result.diagnosis
    if found is None or not found.failed:
        return []
    causes = [
        f"{group.rows}: {group.says}" + (f" (`{group.pair[1]}` for `{group.pair[0]}` {group.pair[2]} times)"
                                         if group.pair else "")
        for group in found.causes[:_CAUSES]
    ]  # fmt: skip
    lines = [f"failures of tuned, {found.failed} of {found.graded}:", *(f"  {cause}" for cause in causes)]
    return lines if found.action == "stop" else [*lines, f"advice: {found.recommendation}"]


def _judge(result: RunResult) -> list[str]:
    """How far the judge's verdicts can be relied on."""
    bias = result.position_bias
    if bias is None:
        return []
    share = f"{bias:.0%}".replace("%", " %")
    unread = f"; {result.judge.unreadable} could not be read" if result.judge and result.judge.unreadable else ""
    useless = ": these scores say little, take another judge" if bias >= _USELESS_BIAS else ""
    return [f"judge: the order of the answers decided {share} of {result.judged_rows} verdicts{unread}{useless}"]


def _spent(result: RunResult) -> str:
    minutes, in_project = result.spent.gpu_hours * 60, result.spent_in_project
    if not result.is_priced:
        paid = f" and ${in_project.usd:.4f} to endpoints" if in_project.usd else ""
        return (
            f"spent: {minutes:.1f} device minutes in this run, {in_project.gpu_hours * 60:.1f} in this project{paid} "
            "(the device has no price: give `budget.usd_per_hour`)"
        )
    return (
        f"spent: ${result.spent.usd:.4f} and {minutes:.1f} device minutes in this run, "
        f"${in_project.usd:.4f} in this project"
    )


def _cells(arm: ArmLine, *, priced: bool) -> Sequence[str]:
    name = f"{arm.arm}, {arm.detail}" if arm.detail else arm.arm
    if arm.prompts_cut:
        name += f", {arm.prompts_cut} prompts cut"
    priced = priced or arm.arm == "hosted"
    if not arm.measured:
        return (name, "not measured", "", "", "", "")
    if arm.mean is None or arm.low is None or arm.high is None:
        return (name, "not graded", "", "0", "", "")
    return (
        name,
        f"{arm.mean:.3f}",
        f"{arm.low:.3f} to {arm.high:.3f}",
        str(arm.n),
        f"{arm.seconds or 0:.1f}",
        f"{arm.usd_per_1000 or 0:.4f}" if priced else "no price",
    )


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns side by side, the first to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _short(path: str) -> str:
    """Relative to where the user stands, if that is shorter."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
