"""What was planted: each fault by its place, and which of them count."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LEAST_WORDS = 20  # an edit of one to three words of a shorter text may well make another question
TRAIN, TEST = "train.jsonl", "test.jsonl"
RULES = ("malformed", "exact_duplicate", "contradiction", "near_duplicate", "leakage", "low_value")

Place = tuple[str, int]  # file and 1-based line


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One planted fault; `partner` is the earlier row of a pair (for leakage the train row).

    `words` are those of the shortest text that was edited, `edits` how many of them were (0: none, or case,
    punctuation and spacing only).
    """

    rule: str
    kind: str
    file: str = TRAIN
    line: int = 0
    partner: Place | None = None
    words: int = 0
    edits: int = 0

    @property
    def place(self) -> Place:
        return self.file, self.line

    @property
    def counted(self) -> bool:
        """False for edited words of short texts, whose recall is told by length and judged nowhere else."""
        return self.edits == 0 or self.words >= LEAST_WORDS


@dataclass(frozen=True, kw_only=True)
class Planted:
    """The files `train.jsonl` and `test.jsonl` of a folder, how many lines they have, and all faults in them."""

    folder: Path
    train_rows: int
    test_rows: int
    faults: tuple[Fault, ...]

    def places(self, rule: str) -> set[Place]:
        return {fault.place for fault in self.faults if fault.rule == rule and fault.counted}
