"""What an audit can find: each rule by its stable name, one finding of it, and all findings together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from wrapper.data.rows import Row
from wrapper.errors import Fault

Severity = Literal["error", "warning", "info"]


class Place(Struct, frozen=True, kw_only=True, gc=False):
    """A row in a file; `line` is 1-based (the row's number where a format has no lines)."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Finding(Struct, frozen=True, kw_only=True, gc=False):
    """One thing found in one row; `related` are the earlier rows that it was held against.

    `line` is 0 where the finding is about the file or the data as a whole. `example` is an excerpt of the row.
    """

    rule: str
    severity: Severity
    file: str
    line: int
    detail: str
    related: tuple[Place, ...] = ()
    example: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.rule}: {self.detail}"


class Rule(Struct, frozen=True, kw_only=True):
    """A rule's severity, and what it says, for people."""

    severity: Severity
    says: str


RULES: dict[str, Rule] = {
    "malformed": Rule(severity="error", says="The row cannot be read as an example; it is never trained on."),
    "exact_duplicate": Rule(severity="warning", says="The same messages as an earlier row, to the character."),
    "near_duplicate": Rule(
        severity="warning",
        says="An earlier row again after case, punctuation and white space are levelled, or with few words changed.",
    ),
    "contradiction": Rule(
        severity="error", says="The same input as an earlier row, or nearly, with an answer that disagrees."
    ),
    "leakage": Rule(severity="error", says="A held-out row whose input also stands in train, exactly or nearly."),
    "low_value": Rule(
        severity="warning", says="An answer that teaches nothing: a refusal, an echo, a placeholder, a loop, a torso."
    ),
    "too_long": Rule(severity="warning", says="More tokens than the model's context: the row is never trained on."),
    "length_outlier": Rule(severity="info", says="Many times as many tokens as the median: what makes batches dear."),
    "label_imbalance": Rule(severity="warning", says="A label with too few rows to learn, or one that drowns all."),
    "template": Rule(severity="info", says="Most prompts repeat one frame: its tokens are paid for in every row."),
    "system_prompts": Rule(severity="warning", says="Rows bring system prompts that differ, or only some bring one."),
    "too_few_rows": Rule(severity="warning", says="Fewer rows than a smoke run, or a first real run, needs."),
    "secret": Rule(severity="error", says="A key, token or password: a trained model can repeat it."),
    "personal_data": Rule(severity="warning", says="An e-mail address, a phone, card or bank account number."),
    "language": Rule(severity="info", says="The row is in another language than the rest."),
}


def finding(
    rule: str,
    row: Row,
    detail: str,
    *,
    related: Iterable[Row] = (),
    example: str = "",
    severity: Severity | None = None,
) -> Finding:
    """A finding of a rule in a row; its severity is the rule's unless given."""
    return Finding(
        rule=rule,
        severity=severity or RULES[rule].severity,
        file=row.file,
        line=row.line,
        detail=detail,
        related=tuple(place(other) for other in related),
        example=example,
    )


def malformed(faults: Sequence[Fault]) -> list[Finding]:
    """The rows that a reader could not read, as findings."""
    severity = RULES["malformed"].severity
    return [
        Finding(rule="malformed", severity=severity, file=fault.file, line=fault.line, detail=fault.message)
        for fault in faults
    ]


def place(row: Row) -> Place:
    return Place(file=row.file, line=row.line)


def short(text: str, limit: int = 40) -> str:
    """The beginning of a text on one line, in backticks."""
    line = " ".join(text[: 4 * limit].split())
    return f"`{line}`" if len(line) <= limit and len(text) <= 4 * limit else f"`{line[:limit]}...`"


@dataclass(frozen=True, kw_only=True)
class Audit:
    """Counts and findings over the splits, as they were read.

    `rows` counts what could be read, by split, and `malformed` what could not. `repeated_inputs` counts training
    rows whose levelled input an earlier training row has; `contradictory_inputs` the training inputs with answers
    that disagree, and `contradictory_rows` the rows that have them. `leaked` counts, by split, held-out rows whose
    input stands in an earlier split but for case, punctuation and spacing, `nearly_leaked` those with a few words
    changed.
    """

    rows: dict[str, int]
    malformed: dict[str, int]
    findings: tuple[Finding, ...]
    repeated_inputs: int
    contradictory_inputs: int
    contradictory_rows: int
    leaked: dict[str, int]
    nearly_leaked: dict[str, int]

    def counts(self) -> dict[str, int]:
        """Findings by rule."""
        return dict(Counter(found.rule for found in self.findings).most_common())

    def of_rule(self, rule: str) -> list[Finding]:
        return [found for found in self.findings if found.rule == rule]
