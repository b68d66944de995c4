"""What is amiss with the rows as a whole: too few, labels out of balance, system prompts that differ, templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from wrapper.data.quality.alike import system_text
from wrapper.data.quality.findings import RULES, Finding, Severity, short
from wrapper.data.rows import Row

SMOKE_ROWS = (100, 300)  # a smoke run, and a first real run, want so many rows
FIRST_RUN_ROWS = (500, 2000)
_LEAST_OF_A_LABEL = 5
_MOST_UNEQUAL = 10  # times as many rows of the commonest label as of the rarest
_DROWNING = 0.8
_TEMPLATE_SHARE = 0.5  # of the words of the prompts
_SHOWN = 5


def find_imbalance(
    train: Sequence[Row], labels: Counter[str], template_share: float, file: str
) -> Iterator[Finding]:
    """Findings about the training rows as a whole (line 0), under the name of `file`."""
    yield from _too_few(len(train), file)
    if labels:
        yield from _labels(labels, file)
    yield from _system_prompts(train, file)
    if template_share >= _TEMPLATE_SHARE:
        yield _whole(
            "template",
            file,
            f"{template_share:.0%} of the prompts' words are a frame that most rows share: "
            "say it once in `task.prompt`, and the rows get shorter",
        )


def _too_few(count: int, file: str) -> Iterator[Finding]:
    if count < SMOKE_ROWS[0]:
        detail = f"{count} training rows: a smoke run wants {SMOKE_ROWS[0]} to {SMOKE_ROWS[1]}"
        yield _whole("too_few_rows", file, detail)
    elif count < FIRST_RUN_ROWS[0]:
        detail = f"{count} training rows are enough for a smoke run; a first real run wants {FIRST_RUN_ROWS[0]} to "
        yield _whole("too_few_rows", file, f"{detail}{FIRST_RUN_ROWS[1]}", severity="info")


def _labels(labels: Counter[str], file: str) -> Iterator[Finding]:
    most = labels.most_common()
    (common, highest), (rare, lowest) = most[0], most[-1]
    few = [f"{short(label)} {count}" for label, count in reversed(most) if count < _LEAST_OF_A_LABEL]
    if few:
        more = f" and {len(few) - _SHOWN} more" if len(few) > _SHOWN else ""
        detail = f"{len(few)} labels have fewer than {_LEAST_OF_A_LABEL} rows: {', '.join(few[:_SHOWN])}{more}"
        yield _whole("label_imbalance", file, detail)
    if highest > _DROWNING * labels.total() and len(labels) > 1:
        share = highest / labels.total()
        yield _whole("label_imbalance", file, f"{share:.0%} of the rows have the label {short(common)}")
    elif lowest >= _LEAST_OF_A_LABEL and highest > _MOST_UNEQUAL * lowest:
        detail = f"{highest} rows of {short(common)}, {lowest} of {short(rare)}"
        yield _whole("label_imbalance", file, detail)


def _system_prompts(train: Sequence[Row], file: str) -> Iterator[Finding]:
    counts = Counter(map(system_text, train))
    without = counts.pop("", 0)
    if counts and without:
        detail = f"{counts.total()} rows bring a system prompt, {without} bring none"
        yield _whole("system_prompts", file, detail)
    if len(counts) > 1:
        shown = ", ".join(f"{short(text)} ({count})" for text, count in counts.most_common(3))
        yield _whole("system_prompts", file, f"{len(counts)} system prompts differ: {shown}")


def _whole(rule: str, file: str, detail: str, severity: Severity | None = None) -> Finding:
    return Finding(rule=rule, severity=severity or RULES[rule].severity, file=file, line=0, detail=detail)
